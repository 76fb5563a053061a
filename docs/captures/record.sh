#!/bin/bash
# Records first.pcapng: real programs talking in two network namespaces of this machine.
#
# Usage: sudo docs/captures/record.sh OUTPUT.pcapng
#
# Needs root, and curl, dig (dnsutils), dnsmasq, ethtool, iproute2, nginx (nginx-light), openssl, ping
# (iputils-ping), sshd and ssh (openssh), tcpdump, editcap and tshark (wireshark). Touches nothing outside
# its two namespaces, its temporary folder and /run/sshd. Addresses are those reserved for documentation (RFC 5737, RFC 3849).
set -euo pipefail

output=$(realpath -m "${1:?usage: record.sh OUTPUT.pcapng}")
client=rheos-client
server=rheos-server
work=$(mktemp -d)
chmod 755 "$work" # the name server and the web server give up root

in_client() { ip netns exec $client "$@"; }
in_server() { ip netns exec $server "$@"; }

clean_up() {
    for namespace in $client $server; do
        ip netns pids $namespace 2>/dev/null | xargs -r kill 2>/dev/null || true
        ip netns delete $namespace 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

# A cable between the two. Checksums are made by the programs' kernel, not left to a card that is not there.
ip netns add $client
ip netns add $server
ip -n $client link add eth0 address 02:00:00:00:00:02 type veth \
    peer name eth0 address 02:00:00:00:00:01 netns $server
for namespace in $client $server; do
    ip netns exec $namespace ethtool -K eth0 tx off tso off gso off gro off >/dev/null
    ip netns exec $namespace sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
    ip -n $namespace link set lo up
    ip -n $namespace link set eth0 up
done
ip netns exec $client tcpdump -i eth0 --immediate-mode -U --time-stamp-precision=nano -w "$work/first.pcap" 2>"$work/tcpdump.log" &
recorder=$!
until grep -q listening "$work/tcpdump.log"; do
    kill -0 $recorder # gave up?
    sleep 0.1
done
ip -n $client addr add 192.0.2.2/24 dev eth0
ip -n $server addr add 192.0.2.1/24 dev eth0
ip -n $client addr add 2001:db8::2/64 dev eth0 nodad
ip -n $server addr add 2001:db8::1/64 dev eth0 nodad
sleep 1

# DNS: A, AAAA, TXT over UDP, a name that does not exist, and one question over TCP and IPv6.
in_server dnsmasq --no-resolv --no-hosts --no-daemon --conf-file=/dev/null --pid-file="$work/dnsmasq.pid" \
    --interface=eth0 --bind-interfaces --local=/example/ --host-record=www.example,192.0.2.1,2001:db8::1 \
    --txt-record=www.example,"recorded for rheos" 2>"$work/dnsmasq.log" &

# HTTP and HTTPS by nginx.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=www.example \
    -addext subjectAltName=DNS:www.example -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
mkdir "$work/www"
echo '<!doctype html><title>rheos</title><p>Everything flows.' >"$work/www/index.html"
cat >"$work/nginx.conf" <<NGINX
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
    access_log off;
    root $work/www;
    default_type text/html;
    server { listen 80; listen [::]:80; }
    ssl_protocols TLSv1.2 TLSv1.3;
    server { listen 443 ssl; listen [::]:443 ssl; ssl_certificate $work/certificate.pem; ssl_certificate_key $work/key.pem; }
}
NGINX
in_server nginx -c "$work/nginx.conf"

# SSH that knows one key.
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
ssh-keygen -q -t ed25519 -N '' -f "$work/user_key"
cp "$work/user_key.pub" "$work/authorized_keys"
mkdir -p /run/sshd
in_server "$(command -v sshd)" -f /dev/null -h "$work/host_key" -o PidFile=none -o StrictModes=no \
    -o AuthorizedKeysFile="$work/authorized_keys" -o UsePAM=no -o PermitRootLogin=yes
sleep 1

ask() { in_client dig +tries=1 +noall "$@" www.example; }
ask @192.0.2.1 A
ask @192.0.2.1 AAAA
ask @192.0.2.1 TXT
in_client dig +tries=1 +noall @192.0.2.1 nobody.example
ask @2001:db8::1 +tcp AAAA
to_server=(--silent --show-error --output /dev/null --cacert "$work/certificate.pem" --http1.1)
in_client curl "${to_server[@]}" http://192.0.2.1/
in_client curl "${to_server[@]}" 'http://[2001:db8::1]/missing' # 404
in_client curl "${to_server[@]}" --tls-max 1.2 --resolve www.example:443:192.0.2.1 https://www.example/
in_client curl "${to_server[@]}" --tlsv1.3 --resolve 'www.example:443:[2001:db8::1]' https://www.example/
in_client ssh -F /dev/null -i "$work/user_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o KexAlgorithms=curve25519-sha256 -o LogLevel=ERROR root@192.0.2.1 'echo rheos'
in_client ping -q -c 2 -i 0.2 192.0.2.1 >/dev/null
in_client ping -q -c 2 -i 0.2 2001:db8::1 >/dev/null
in_client curl "${to_server[@]}" http://192.0.2.1:9/ 2>/dev/null || true # refused: RST
in_client curl "${to_server[@]}" 'http://[2001:db8::1]:9/' 2>/dev/null || true
ask @192.0.2.1 -p 9 +time=1 A >/dev/null || true # port unreachable
ask @2001:db8::1 -p 9 +time=1 AAAA >/dev/null || true
sleep 1

kill $recorder
wait $recorder || true
editcap -F pcapng "$work/first.pcap" "$output"
tshark -r "$output" -q -z conv,tcp -z conv,udp
