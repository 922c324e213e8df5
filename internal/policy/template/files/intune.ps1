# Lays down the company's policy for wsdoctor on Windows. Run as SYSTEM, in a 64-bit shell,
# by Intune or by hand.
$ErrorActionPreference = 'Stop'

$policy = @'
@POLICY@
'@

$key = 'HKLM:\SOFTWARE\Policies\wsdoctor'
if (-not (Test-Path -Path $key)) {
    New-Item -Path $key -Force | Out-Null
}
Set-ItemProperty -Path $key -Name 'Policy' -Type MultiString -Value ($policy -split "`r?`n")
