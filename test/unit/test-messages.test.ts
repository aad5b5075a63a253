import discord from '@carillon/sender-discord'
import mail from '@carillon/sender-mail'
import push from '@carillon/sender-push'
import realtime from '@carillon/sender-realtime'
import slack from '@carillon/sender-slack'
import sms from '@carillon/sender-sms'
import teams from '@carillon/sender-teams'
import telegram from '@carillon/sender-telegram'
import { expect, it } from 'vitest'
import { testMessage } from '../../packages/core/accept/test-message.ts'

it.each([mail, sms, push, slack, discord, telegram, teams, realtime].map((sender) => [sender.name, sender] as const))(
  'there is a test message that %s accepts',
  async (_name, { data }) => {
    const message: unknown = JSON.parse(await testMessage(data))
    expect((await data!['~standard'].validate(message)).issues).toBeUndefined()
  },
)

it('a sender without a schema is sent a text', async () => {
  expect(await testMessage(undefined)).toMatch(/^This is a test/)
})
