#!/bin/sh
# Lays down the company's policy for wsdoctor on Linux. Run as root.
set -eu
umask 022

mkdir -p /etc/wsdoctor
cat >/etc/wsdoctor/.policy.json.new <<'POLICY'
@POLICY@
POLICY
chown root:root /etc/wsdoctor /etc/wsdoctor/.policy.json.new
chmod 755 /etc/wsdoctor
mv /etc/wsdoctor/.policy.json.new /etc/wsdoctor/policy.json
