#!/bin/sh
# Tells the waiting queue that a conference is live, as a backend does. Harmless to repeat.
#
#   golive.sh room@conference.example        its visitors are let in
#   golive.sh -e room@conference.example     it has ended: later visitors wait again
#
# SERVICE             where the queue is                    (http://localhost:8060/waiting-queue)
# TOKEN               a system token; or, to have one made here for five minutes:
# SYSTEM_JWT_SECRET   the secret that the service has under the same name (needs openssl)
#
# Prints the answer; exits with 0 only when the conference is live (or has ended).
set -eu

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

path=golive
if [ "${1-}" = -e ]; then
  path=endlive
  shift
fi
[ $# -eq 1 ] && [ -n "$1" ] || usage
conference=$1

# What would need escapes in JSON is in no conference's name.
case $conference in
  *[\"\\]*) echo "Not the name of a conference: $conference" >&2; exit 2 ;;
esac

base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# The secret is seen in the list of processes for a moment. Where others use the machine, make the
# token elsewhere and give it as TOKEN.
make_token() {
  now=$(date +%s)
  head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
  claims=$(printf '{"iss":"jitsi","aud":"jitsi","iat":%d,"exp":%d}' "$now" $((now + 300)) | base64url)
  signature=$(printf '%s.%s' "$head" "$claims" |
    openssl dgst -sha256 -hmac "$SYSTEM_JWT_SECRET" -binary | base64url)
  printf '%s.%s.%s' "$head" "$claims" "$signature"
}

if [ -z "${TOKEN-}" ]; then
  [ -n "${SYSTEM_JWT_SECRET-}" ] || usage
  TOKEN=$(make_token)
fi

# The header goes in through a pipe, so that the token is in no list of processes. curl tries again
# when the service is not there or says 503: going live twice is the same as once.
printf 'Authorization: Bearer %s\n' "$TOKEN" |
  curl --silent --show-error --fail-with-body --max-time 60 --retry 3 --retry-connrefused \
    --header @- --header 'Content-Type: application/json' \
    --data "{\"conference\":\"$conference\"}" \
    --write-out "\n" "${SERVICE:-http://localhost:8060/waiting-queue}/$path"
