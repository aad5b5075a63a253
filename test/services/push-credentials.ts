import { generateKeyPairSync } from 'node:crypto'

/** The settings of APNs with a new key. */
export function apnsSettings(production: string, sandbox = production) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    APNS_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    APNS_KEY_ID: 'ABC123DEFG',
    APNS_TEAM_ID: 'TEAM123456',
    APNS_TOPIC: 'com.example.app',
    APNS_BASE_URL: production,
    APNS_SANDBOX_BASE_URL: sandbox,
  }
}

/** The JSON of a service account with a new key. */
export function serviceAccount(project = 'my-project') {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const json = {
    type: 'service_account',
    project_id: project,
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: `push@${project}.iam.gserviceaccount.com`,
    token_uri: 'https://oauth2.googleapis.com/token',
  }
  return { json, publicKey }
}
