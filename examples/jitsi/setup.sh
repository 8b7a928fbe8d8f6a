#!/bin/sh
# Makes the key pair with which Prosody signs what it says to the waiting queue, and prints the lines
# that .env needs. A key pair that is there already is kept.
#
#   setup.sh [NODES] [FOLDER]
#
# NODES    how many visitors' Prosodies there are                                    (1)
# FOLDER   where the keys go                                         (keys, beside this)
#
#   ./waiting-queue/setup.sh 2 >> .env
set -eu

usage() {
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

nodes=${1-1}
folder=${2-$(dirname "$0")/keys}
case $nodes in
  '' | 0* | *[!0-9]*) usage ;;
esac
[ $# -le 2 ] || usage

# Each visitors' Prosody lets so many join a second and room: its muc_rate_joins.
joins_a_node=30

# The folder keeps other users of this machine out. The key itself is readable, because in its
# container Prosody is a user that this machine does not know.
mkdir -p "$folder/private" "$folder/public"
chmod 700 "$folder"
chmod 755 "$folder/private" "$folder/public"
if [ ! -s "$folder/private/prosody.key" ]; then
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$folder/private/prosody.key" 2>/dev/null
  chmod 644 "$folder/private/prosody.key"
fi
openssl pkey -in "$folder/private/prosody.key" -pubout -out "$folder/public/prosody.pem"
chmod 644 "$folder/public/prosody.pem"

cat <<LINES

# The waiting queue. examples/jitsi/README.md says what each is for.
ENABLE_VISITORS=1
GLOBAL_CONFIG='asap_key_path = "/etc/waiting-queue/prosody.key"; asap_key_id = "prosody"; waiting_queue_service = "http://queue.meet.jitsi:8060/waiting-queue"'
XMPP_MUC_MODULES=waiting_queue
VISITOR_NODES=$nodes
RELEASE_RATE=$((joins_a_node * nodes))
VISITOR_ANY_ROLE=1
MODERATOR_ANY_ROLE=1
LINES
