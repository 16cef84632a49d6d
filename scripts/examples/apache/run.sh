#!/bin/sh
# Runs the portal in the foreground. Needs CLIENT_ID and CLIENT_SECRET, of client.json once it is registered.
set -eu
export ISSUER="${ISSUER:-http://localhost:3000}" PORT="${PORT:-4001}"
export PORTAL="${PORTAL:-http://localhost:$PORT}" FOLDER="${FOLDER:-$(mktemp -d)}"
mkdir -p "$FOLDER/pages/private"
echo '<h1>Open to everybody</h1><a href="/private/">Private</a>' >"$FOLDER/pages/index.html"
echo '<h1>You have left</h1>' >"$FOLDER/pages/bye.html"
cat >"$FOLDER/pages/private/index.html" <<PAGE
<h1>You are logged in</h1>
<a href="/oidc?info=json">What the portal knows</a> <a href="/oidc?logout=$PORTAL/bye.html">Log out</a>
PAGE
head -c 24 /dev/urandom | base64 >"$FOLDER/passphrase"
chmod 755 "$FOLDER" && chmod 644 "$FOLDER/passphrase"
exec /usr/sbin/apache2 -f "$(cd "$(dirname "$0")" && pwd)/apache.conf" -DFOREGROUND
