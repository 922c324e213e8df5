#!/bin/sh
# Lays down the company's policy for wsdoctor on macOS. Run as root, by Jamf Pro or by hand.
set -eu

policy=$(cat <<'POLICY'
@POLICY@
POLICY
)

target=/Library/Preferences/com.wsdoctor
/usr/bin/defaults write "$target" Policy -string "$policy"
/usr/sbin/chown root:wheel "$target.plist"
/bin/chmod 644 "$target.plist"
