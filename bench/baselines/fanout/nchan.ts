import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../test/services/place.ts'
import { serveFanout } from '../../fanout/serve.ts'

/*
 * nginx with nchan, one worker, which keeps no messages. It is published to as its users do: by HTTP, here all requests
 * on one connection, each written before the last is answered. What keeps it from starting it tells before it reads
 * where its log is.
 */

const port = await freePort()
const folder = mkdtempSync(join(tmpdir(), 'carillon-nchan-'))
writeFileSync(join(folder, 'nginx.conf'), config())
const nginx = spawn('/usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'inherit' })
process.once('SIGTERM', () => process.exit())
process.once('exit', () => {
  nginx.kill()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) // it removes its files meanwhile
})
while (!(await answers())) await pause(20)

const publisher = connect({ port, host: '127.0.0.1', noDelay: true }).resume()
serveFanout({
  port,
  publish: (text) =>
    publisher.write(`POST /pub HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`),
})

function config(): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  return `
    load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off;
    error_log /dev/null;
    pid nginx.pid;
    worker_processes 1;
    events { worker_connections 16384; }
    http {
      access_log off;
      keepalive_requests 1000000000;
      keepalive_timeout 1h;
      ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port};
        location = /pub { nchan_publisher; nchan_channel_id all; nchan_store_messages off; }
        location = /sub { nchan_subscriber websocket; nchan_channel_id all; }
      }
    }`
}

async function answers(): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
}
