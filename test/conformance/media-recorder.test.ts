import type { RecordedCall } from '@carillon/contract'
import type { Candidate } from '@carillon/contract/session-messages'
import { mediaRecorder } from '@carillon/media'
import { describe, expect, it, onTestFinished } from 'vitest'

const fingerprint = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`
const transport = ['c=IN IP4 0.0.0.0', 'a=rtcp-mux', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx']

/** As a browser writes it, with only what must be. */
function offerOf(...media: string[][]): string {
  const bundle = `a=group:BUNDLE ${media.map((_, n) => n).join(' ')}`
  const session = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', bundle]
  const security = [`a=fingerprint:${fingerprint}`, 'a=setup:actpass', 'a=sendonly']
  const parts = media.flatMap((lines, n) => [...lines, ...transport, ...security, `a=mid:${n}`])
  return [...session, ...parts, ''].join('\r\n')
}

const AUDIO = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2']
const VIDEO = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 VP8/90000']
const H264 = ['m=video 9 UDP/TLS/RTP/SAVPF 102', 'a=rtpmap:102 H264/90000']

function recorder() {
  const media = mediaRecorder({ address: '203.0.113.7', ports: [41_000, 41_099] })
  onTestFinished(() => media.stop())
  const ended: string[] = []
  const both = { hasAudio: true, hasVideo: true, iceServers: [], wrote() {} }
  const open = (wish = {}): RecordedCall => media.open({ ...both, ...wish, ended: (why) => ended.push(why) })
  return { media, open, ended }
}

const directions = (sdp: string) => sdp.match(/^a=(recvonly|inactive)/gm)

describe('the recorder of media', () => {
  it('takes what is wanted of what is offered, and says where it is', async () => {
    const { open, ended } = recorder()
    const answer = await open().offer(offerOf(AUDIO, VIDEO))
    expect(directions(answer)).toEqual(['a=recvonly', 'a=recvonly'])
    expect(answer).toMatch(/^a=candidate:.* 203\.0\.113\.7 410\d\d typ host/m)
    const onlySound = await open({ hasVideo: false }).offer(offerOf(AUDIO, VIDEO))
    expect(directions(onlySound)).toEqual(['a=recvonly', 'a=inactive'])
    const call = open({ hasAudio: false })
    expect(directions(await call.offer(offerOf(AUDIO, VIDEO)))).toEqual(['a=inactive', 'a=recvonly'])
    await call.end()
    await call.end()
    expect(ended).toEqual([''])
    await expect(call.offer(offerOf(AUDIO))).rejects.toThrow('over')
  })

  it('refuses what it cannot use, and serves the others', async () => {
    const { open, ended } = recorder()
    const good = open()
    const endless = `${offerOf(AUDIO)}${'a=ssrc:x\r\n'.repeat(2000)}`
    const bad = ['', 'nonsense', 'v=0\r\n', offerOf(), offerOf(H264), '\0'.repeat(32_768)]
    const answers = await Promise.allSettled(bad.map((sdp) => open().offer(sdp)))
    expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 'rejected'))
    expect(directions(await open().offer(endless))).toEqual(['a=recvonly'])
    await expect(open({ hasAudio: false }).offer(offerOf(AUDIO))).rejects.toThrow('Nothing')
    const nowhere = { candidate: 'candidate:1 1 udp 1 999.1.1.1 9 typ host', sdpMid: '7' }
    const strange = [{}, { candidate: 'nonsense' }, { candidate: 5 }, nowhere] as Candidate[]
    for (const candidate of strange) good.candidate(candidate)
    expect(directions(await good.offer(offerOf(AUDIO)))).toEqual(['a=recvonly'])
    expect(ended).toEqual([])
  })

  it('ends all calls when it stops, and begins again when it is asked to', async () => {
    const { media, open, ended } = recorder()
    await open().offer(offerOf(AUDIO))
    open()
    await media.stop()
    expect(ended).toEqual(['', ''])
    expect(directions(await open().offer(offerOf(AUDIO)))).toEqual(['a=recvonly'])
  })
})
