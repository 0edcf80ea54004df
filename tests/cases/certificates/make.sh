#!/usr/bin/env bash
# Makes the files of this folder again, with OpenSSL 3: throw-away keys that open nothing, in every form
# in which a certificate with its key is kept. `cn` is the key's own certificate, `ca` signed it.
set -euo pipefail
cd "$(dirname "$0")"

main() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    certificates
    pem
    pfx
    refused
}

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca" -subj /CN=ca -days 36500
    openssl req -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/csr" -subj /CN=cn
    openssl x509 -req -in "$work/csr" -CA "$work/ca" -CAkey "$work/ca.key" -days 7300 -out "$work/cn"
}

pem() {
    cat "$work/cn" "$work/key" "$work/ca" >pkcs8.pem
    { openssl rsa -in "$work/key" -traditional; cat "$work/ca" "$work/cn"; } >pkcs1.pem
    encrypted aes-256-sha256 -v2 aes-256-cbc
    encrypted aes-128-sha1 -v2 aes-128-cbc -v2prf hmacWithSHA1
    encrypted aes-192-sha512 -v2 aes-192-cbc -v2prf hmacWithSHA512
    encrypted des3 -v2 des3
    encrypted scrypt -scrypt -scrypt_N 1024 # the default takes a debug build seconds
    encrypted pbe-sha1-3des -v1 PBE-SHA1-3DES
}

encrypted() {
    local name=$1
    shift
    { openssl pkcs8 -topk8 -in "$work/key" -passout pass:pässword "$@"; cat "$work/cn"; } >"encrypted-$name.pem"
}

pfx() {
    exported modern pass:pässword
    exported modern-no-password pass:
    exported legacy pass:pässword -legacy
    exported 3des pass:pässword -legacy -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1
    exported 2des-rc2-128 pass:pässword -legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-2DES
    exported sha512 pass:pässword -macalg sha512
    exported open pass: -certpbe NONE -keypbe NONE -nomac
}

exported() {
    local name=$1 password=$2
    shift 2
    openssl pkcs12 -export -inkey "$work/key" -in "$work/cn" -certfile "$work/ca" -out "$name.pfx" \
        -passout "$password" "$@"
}

# What cannot serve.
refused() {
    { openssl rsa -in "$work/key" -traditional -aes128 -passout pass:password; cat "$work/cn"; } >old.pem
    cat "$work/key" "$work/ca" >not-together.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ec" -out "$work/ec.crt" -subj /CN=ec -days 36500
    cat "$work/ec" "$work/ec.crt" >ec.pem
    openssl req -x509 -newkey rsa:1024 -nodes -keyout "$work/small" -out "$work/small.crt" -subj /CN=small -days 36500
    cat "$work/small" "$work/small.crt" >small.pem
    openssl pkcs12 -export -nokeys -in "$work/cn" -out no-key.pfx -passout pass:pässword
}

main
