import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Certificate {
  key: string
  cert: string
}

interface Wanted {
  /** As in a certificate: `IP:127.0.0.1`, `DNS:localhost`. */
  host: string
  /** As openssl writes times: `20200201000000Z`. */
  until?: string
  /** Who signs it; it does so itself where this is absent. */
  ca?: Certificate
}

const SETTINGS = `
[ca]
default_ca = some
[some]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
x509_extensions = extensions
[any]
commonName = supplied
[req]
distinguished_name = names
[names]
[extensions]
`

/** Makes a certificate with openssl. */
export async function certificate({ host, until = '21000101000000Z', ca }: Wanted): Promise<Certificate> {
  const cwd = await mkdtemp(join(tmpdir(), 'certificate-'))
  const openssl = (...args: string[]) => run('openssl', args, { cwd })
  try {
    await writeFile(join(cwd, 'settings'), SETTINGS)
    await writeFile(join(cwd, 'index.txt'), '')
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem']
    const name = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=${host}`]
    await openssl('req', '-config', 'settings', '-new', ...key, ...name, '-out', 'request.pem')
    if (ca) {
      await writeFile(join(cwd, 'ca-key.pem'), ca.key)
      await writeFile(join(cwd, 'ca.pem'), ca.cert)
    }
    const signer = ca ? ['-keyfile', 'ca-key.pem', '-cert', 'ca.pem'] : ['-selfsign', '-keyfile', 'key.pem']
    const times = ['-startdate', '20200101000000Z', '-enddate', until]
    await openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'settings',
      ...signer,
      ...times,
      '-in',
      'request.pem',
      '-out',
      'cert.pem',
    )
    return {
      key: await readFile(join(cwd, 'key.pem'), 'utf8'),
      cert: await readFile(join(cwd, 'cert.pem'), 'utf8'),
    }
  } finally {
    await rm(cwd, { recursive: true })
  }
}
