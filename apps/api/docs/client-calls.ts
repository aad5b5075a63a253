const DATA = "{ subject: 'Hello', text: 'Good morning!' }"
const PUSH = `{ sender: 'sendmail', pusher: 'lupino', data: ${DATA} }`
const BROADCAST = "'sendmail_f4afc72d2364ca2ca0f3cad0d34af597'"

/** The example of each signed call with the TypeScript client. */
export const clientCalls: Readonly<Record<string, string>> = {
  'POST /pusher/pushers/': "await client.addPusher('lupino', { email: 'lupino@example.com', nickname: 'Lupino' })",
  'GET /pusher/pushers/': 'const { pushers, total } = await client.getPushers()',
  'GET /pusher/pushers/{id}/': "const pusher = await client.getPusher('lupino') // null if there is none",
  'POST /pusher/pushers/{id}/': "await client.updatePusher('lupino', { nickname: 'Lupino' })",
  'DELETE /pusher/pushers/{id}/': "await client.removePusher('lupino')",
  'POST /pusher/pushers/{id}/{tag}/': "await client.addTag('lupino', 'vip')",
  'DELETE /pusher/pushers/{id}/{tag}/': "await client.removeTag('lupino', 'vip')",
  'GET /pusher/search/': "const { pushers, total } = await client.searchPusher('tags:vip', { size: 10 })",
  'PUT /v1/pushers/{id}/addresses': `const address = await client.registerAddress('lupino', {
  kind: 'fcm',
  token: 'dGhpcyBpcyBhIHRva2Vu:APA91bEx4mpl3',
  label: 'Pixel 9',
})`,
  'GET /v1/pushers/{id}/addresses': "const { addresses, mail, phone } = await client.getAddresses('lupino')",
  'DELETE /v1/pushers/{id}/addresses/{address}': "await client.removeAddress('lupino', '1')",
  'POST /v1/pushers/{id}/token': "const token = await client.requestUserToken('lupino', { scope: ['addresses'] })",
  'POST /pusher/{sender}/add': "await client.addSender('sendmail', 'lupino')",
  'POST /pusher/{sender}/delete': "await client.removeSender('sendmail', 'lupino')",
  'POST /pusher/{sender}/push': `const name = await client.push('sendmail', 'lupino', ${DATA})`,
  'POST /pusher/{sender}/pushall': `const data = { subject: 'News', text: 'Read all about it' }
const name = await client.pushAll('sendmail', data, { tag: 'vip' })`,
  'POST /pusher/{sender}/cancelpush': "await client.cancelPush('sendmail', 'lupino_67f09a03afb55f07fd948aa268f9ae21')",
  'POST /v1/push': `const results = await client.pushMany([
  ${PUSH},
  ${PUSH.replace('lupino', 'nobody')},
])`,
  'GET /v1/categories': 'const categories = await client.getCategories()',
  'PUT /v1/categories/{name}': `const category = await client.putCategory('news', {
  title: 'News',
  description: 'Once a week',
  default: { sendsms: 'off' },
})`,
  'GET /v1/categories/{name}': "const category = await client.getCategory('news') // null if there is none",
  'DELETE /v1/categories/{name}': "await client.removeCategory('news')",
  'GET /v1/pushers/{id}/preferences': "const { choices, categories } = await client.getPreferences('lupino')",
  'PUT /v1/pushers/{id}/preferences': `const { choices } = await client.setPreferences('lupino', [
  { category: 'news', value: 'off' },
  { category: 'news', sender: 'sendmail', value: 'on' },
])`,
  'POST /v1/pushers/{id}/unsubscribe-link': `const url = await client.makeUnsubscribeLink('lupino', 'sendmail', {
  category: 'news',
})`,
  'GET /v1/templates': 'const templates = await client.getTemplates()',
  'PUT /v1/templates/{name}': `const template = await client.putTemplate('welcome', {
  sender: 'sendmail',
  data: { subject: 'Hello {{ pusher.nickname }}', text: 'Welcome to {{ vars.shop }}!' },
})`,
  'GET /v1/templates/{name}': "const templates = await client.getTemplate('welcome')",
  'DELETE /v1/templates/{name}': "await client.removeTemplate('welcome')",
  'GET /v1/templates/{name}/versions': "const versions = await client.getTemplateVersions('welcome')",
  'POST /v1/templates/{name}/rollback': "const template = await client.rollbackTemplate('welcome', 1)",
  'POST /v1/templates/{name}/preview': `const preview = await client.previewTemplate('welcome', {
  pusher: { nickname: 'Lupino' },
  vars: { shop: 'the shop' },
})`,
  'POST /v1/templates/{name}/test': `await client.testTemplate('welcome', 'lupino', {
  vars: { shop: 'the shop' },
})`,
  'GET /v1/pushes': "const pushes = await client.getPushes({ state: 'dead', size: 10 })",
  'GET /v1/pushes/{id}': "const push = await client.getPush('1') // null if there is none",
  'POST /v1/pushes/{id}/replay': "await client.replayPush('1')",
  'POST /v1/dead/replay': "const replayed = await client.replayDead({ sender: 'sendmail' })",
  'GET /v1/explain': "const { checks } = await client.explain('lupino', 'sendmail')",
  'GET /v1/broadcasts': 'const broadcasts = await client.getBroadcasts()',
  'GET /v1/broadcasts/{name}': `const broadcast = await client.getBroadcast(
  ${BROADCAST},
) // null if there is none`,
  'GET /v1/broadcasts/{name}/recipients': `const recipients = await client.getRecipients(
  ${BROADCAST},
  { size: 10 },
)`,
  'POST /v1/broadcasts/{name}/pause': `await client.pauseBroadcast(${BROADCAST})`,
  'POST /v1/broadcasts/{name}/resume': `await client.resumeBroadcast(${BROADCAST})`,
  'POST /v1/broadcasts/{name}/cancel': `await client.cancelBroadcast(${BROADCAST})`,
  'GET /v1/suppressions': "const suppressions = await client.getSuppressions({ sender: 'sendmail', size: 10 })",
  'POST /v1/suppressions': `const suppression = await client.addSuppression(
  'sendmail',
  'example@example.com',
  'asked for it',
)`,
  'DELETE /v1/suppressions/{id}': "await client.liftSuppression('1')",
  'GET /v1/senders': 'const senders = await client.getSenders()',
  'POST /v1/senders/{name}/pause': "await client.pauseSender('sendmail')",
  'POST /v1/senders/{name}/resume': "await client.resumeSender('sendmail')",
}
