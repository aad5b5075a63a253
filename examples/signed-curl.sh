#!/usr/bin/env bash
# Signs any request of the HTTP API, with bash, curl (7.76 or newer) and openssl alone.
#
#   export CARILLON_KEY=demo CARILLON_SECRET=s3cret   # and CARILLON_URL, default http://127.0.0.1:6001
#   ./examples/signed-curl.sh POST /pusher/sendmail/push pusher=lupino data='{"subject":"s","text":"t"}'
#   ./examples/signed-curl.sh GET /pusher/search/ q=tags:vip size=5
#   ./examples/signed-curl.sh --v2 POST /v1/push --json '{"pushes":[]}'
#
# The parameters (name=value) are the form of a POST, the query of anything else and of what has a
# JSON body. `--json -` reads it from the standard input. The path is percent-encoded, as an id needs
# it ("a/b" is a%2Fb, ".." is %2E%2E). --v2 signs with HMAC-SHA256 instead of HMAC-MD5.
#
# openssl gets the secret as an argument, which other users of this machine can see while it runs.
set -euo pipefail
export LC_ALL=C # characters are bytes: for sorting, and for percent-encoding UTF-8

main() {
  read_arguments "$@"
  build_request
  sign_request
  send_request
}

usage() {
  echo "usage: $0 [--v2] METHOD /path [name=value]... [--json TEXT]" >&2
  exit 2
}

version=1 json='' words=() parameters=()

read_arguments() {
  while (($#)); do
    case $1 in
      --v2) version=2 ;;
      --json) (($# > 1)) || usage; json=$2; shift ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  method=${words[0]-} path=${words[1]-}
  [[ $method && $path == /* && $path != *\?* ]] || usage
  parameters=(${words[@]+"${words[@]:2}"})
  for word in ${parameters[@]+"${parameters[@]}"}; do [[ $word == *=* ]] || usage; done
  [[ $json != - ]] || json=$(cat)
  : "${CARILLON_KEY:?is not set}" "${CARILLON_SECRET:?is not set}"
}

build_request() {
  local encoded
  encoded=$(encode_parameters ${parameters[@]+"${parameters[@]}"})
  body=$json type=application/json target=$path
  if [[ ! $json && $method == POST ]]; then
    body=$encoded type=application/x-www-form-urlencoded
  elif [[ $encoded ]]; then
    target=$path?$encoded
  fi
}

sign_request() {
  timestamp=$(date +%s)
  headers=(-H "X-App-Key: $CARILLON_KEY" -H "X-Request-Time: $timestamp")
  if ((version == 2)); then
    nonce=$(openssl rand -hex 16)
    headers+=(-H 'X-Signature-Version: 2' -H "X-Request-Nonce: $nonce" -H "X-Request-Signature: $(sign_v2)")
  else
    headers+=(-H "X-Request-Signature: $(sign_v1)")
  fi
}

# The path must arrive as it was signed: curl is to resolve no dots and to expand no brackets.
send_request() {
  [[ ! $body ]] || headers+=(-H "Content-Type: $type" --data-binary @-)
  printf '%s' "$body" | curl --silent --show-error --fail-with-body --path-as-is --globoff \
    --request "$method" "${headers[@]}" "${CARILLON_URL:-http://127.0.0.1:6001}$target"
}

# HMAC-MD5 over every name and value, in the order of the names' bytes, with nothing between.
sign_v1() {
  local signed=("app_key=$CARILLON_KEY" "timestamp=$timestamp" "path=$(decode "$path")")
  [[ ! $json ]] || signed+=("body=$json")
  signed+=(${parameters[@]+"${parameters[@]}"})
  sort_by_name "${signed[@]}" | hmac md5 | tr a-f A-F
}

# HMAC-SHA256 over a line each of method, path and query, time, nonce and the body's SHA-256.
sign_v2() {
  local hash
  hash=$(printf '%s' "$body" | openssl dgst -sha256)
  printf '%s\n%s\n%s\n%s\n%s' "$method" "$target" "$timestamp" "$nonce" "${hash##* }" | hmac sha256
}

hmac() {
  local digest
  digest=$(openssl dgst "-$1" -hmac "$CARILLON_SECRET")
  printf '%s' "${digest##* }"
}

# Prints the parameters' names and values one after the other, inserting each where its name belongs.
sort_by_name() {
  local sorted=() parameter i
  for parameter in "$@"; do
    for ((i = ${#sorted[@]}; i > 0; i--)); do
      [[ ${sorted[i - 1]%%=*} > ${parameter%%=*} ]] || break
      sorted[i]=${sorted[i - 1]}
    done
    sorted[i]=$parameter
  done
  for parameter in "${sorted[@]}"; do printf '%s%s' "${parameter%%=*}" "${parameter#*=}"; done
}

encode_parameters() {
  local parameter separator=''
  for parameter in "$@"; do
    printf '%s%s=%s' "$separator" "$(encode "${parameter%%=*}")" "$(encode "${parameter#*=}")"
    separator='&'
  done
}

encode() {
  local i byte code
  for ((i = 0; i < ${#1}; i++)); do
    byte=${1:i:1}
    case $byte in
      [a-zA-Z0-9.~_-]) printf '%s' "$byte" ;;
      *) printf -v code '%d' "'$byte" && printf '%%%02X' $((code & 255)) ;;
    esac
  done
}

decode() {
  local escaped=${1//\\/\\\\}
  printf '%b' "${escaped//%/\\x}"
}

main "$@"
