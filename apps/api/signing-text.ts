/** How requests are signed, for readers of the documentation. */
export const SIGNING = [
  'Signed requests carry X-App-Key and X-Request-Time (unix seconds, at most ten minutes off).',
  'Version 2, preferred: X-Signature-Version: 2, X-Request-Nonce (1 to 64 characters, used once) and X-Request-Signature, the lower-case hex HMAC-SHA256, keyed with the secret, of five lines: method, path and query as sent, X-Request-Time, X-Request-Nonce, and the SHA-256 of the body in lower-case hex.',
  'Version 1: X-Request-Signature is the upper-case hex HMAC-MD5, keyed with the secret, of every name and value, in the order of the names’ UTF-8 bytes and with nothing between: the parameters of the query and the form (a JSON body is one parameter, body), app_key, timestamp (the text of X-Request-Time) and path (decoded). Version 1 cannot tell email=a&nickname=b from email=anicknameb; an app can refuse it.',
  'In open mode, where no key is configured, nothing needs to be signed.',
].join('\n\n')
