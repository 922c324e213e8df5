package inside

import "wsdoctor/internal/diagnose/finding"

// The parts, from the cards up to what a user notices.
const (
	eth0CardPart     finding.Part = "eth0 card"
	eth0AddressPart  finding.Part = "eth0 address"
	eth0MTUPart      finding.Part = "eth0 mtu"
	eth0DefaultPart  finding.Part = "eth0 default"
	eth0OverlapPart  finding.Part = "eth0 overlap"
	eth0AnswersPart  finding.Part = "eth0 answers"
	eth0FurtherPart  finding.Part = "eth0 further"
	metadataPart     finding.Part = "metadata"
	activationPart   finding.Part = "activation"
	exceptionsPart   finding.Part = "exceptions"
	osFirewallPart   finding.Part = "os firewall"
	redirectsPart    finding.Part = "redirects"
	sendingPart      finding.Part = "sending"
	rulesOutcomePart finding.Part = "rules outcome"
	ownPortPart      finding.Part = "own port"
	installedPart    finding.Part = "installed"
	takenPart        finding.Part = "taken"
	servicesPart     finding.Part = "services"
	startTypePart    finding.Part = "start type"
	listensAtPart    finding.Part = "listens at"
	listeningPart    finding.Part = "listening"
	eth1CardPart     finding.Part = "eth1 card"
	eth1DefaultPart  finding.Part = "eth1 default"
	eth1RouterPart   finding.Part = "eth1 router"
	nameServersPart  finding.Part = "name servers"
	oneServerPart    finding.Part = "one server"
	slowServerPart   finding.Part = "slow server"
	resolverPart     finding.Part = "resolver"
	recordsPart      finding.Part = "records"
	controllersPart  finding.Part = "controllers"
	portsPart        finding.Part = "ports"
	ldapPart         finding.Part = "ldap"
	forwardersPart   finding.Part = "forwarders"
	clockHerePart    finding.Part = "clock here"
	clockTherePart   finding.Part = "clock there"
	webProxyPart     finding.Part = "web proxy"
	wayOutPart       finding.Part = "internet"
)

// standsOn says what each part needs to do its work: where that is broken, the
// part is no finding of its own. It is closed by below: what a part's support
// stands on, it stands on too. A part without a row stands by itself.
var standsOn = map[finding.Part][]finding.Part{
	eth0AddressPart: {eth0CardPart},
	eth0MTUPart:     {eth0CardPart},
	eth0DefaultPart: {eth0CardPart},
	eth0OverlapPart: {eth0CardPart},
	eth0AnswersPart: {eth0AddressPart, eth0OverlapPart, eth0DefaultPart},
	eth0FurtherPart: {eth0DefaultPart, eth0OverlapPart},
	metadataPart:    {eth0AddressPart, eth0OverlapPart},
	activationPart:  {metadataPart},
	ownPortPart:     {eth0CardPart, osFirewallPart},
	startTypePart:   {servicesPart},
	listensAtPart:   {eth0CardPart, servicesPart},
	listeningPart:   {listensAtPart, installedPart},
	eth1DefaultPart: {eth1CardPart},
	eth1RouterPart:  {eth1DefaultPart, eth0DefaultPart},
	sendingPart:     {eth1RouterPart}, // a card that is off keeps everything back
	nameServersPart: {eth1RouterPart},
	oneServerPart:   {nameServersPart},
	slowServerPart:  {nameServersPart},
	recordsPart:     {resolverPart}, // who says that a record is missing was reached
	controllersPart: {nameServersPart, recordsPart},
	portsPart:       {nameServersPart, recordsPart},
	ldapPart:        {portsPart},
	forwardersPart:  {nameServersPart, resolverPart},
	webProxyPart:    {eth1RouterPart},
	wayOutPart:      {webProxyPart, clockHerePart},
}

// suppressParts marks inside a WorkSpace every finding about a part that stands on
// another one with which something is wrong.
func suppressParts(findings []finding.Finding) { finding.SuppressParts(findings, standsOn) }
