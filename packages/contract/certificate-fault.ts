/** OpenSSL's and Node's codes for a certificate that is not accepted. */
const FAULTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
  HOSTNAME_MISMATCH: 'is for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'was signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'was signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'was signed by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'was signed by an authority that is not trusted here',
}

const OTHERS = /^(?:CERT_\w+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|UNABLE_TO_(?:DECODE|DECRYPT)\w+)$/

/** What is wrong with the certificate of a server, as the end of a sentence: "is self-signed". */
export function certificateFault(code: string): string | undefined {
  return FAULTS[code] ?? (OTHERS.test(code) ? 'is not accepted' : undefined)
}
