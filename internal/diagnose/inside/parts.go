package inside

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
)

// The parts, from the cards up to what a user notices.
const (
	eth0CardPart     finding.Part = "the card eth0"
	eth0AddressPart  finding.Part = "eth0's address"
	eth0MTUPart      finding.Part = "eth0's packet size"
	eth0DefaultPart  finding.Part = "the default route beside eth0"
	eth0OverlapPart  finding.Part = "the management network's own range"
	eth0AnswersPart  finding.Part = "the route of eth0's answers"
	eth0FurtherPart  finding.Part = "routes over eth0"
	metadataPart     finding.Part = "the metadata service"
	activationPart   finding.Part = "activation"
	exceptionsPart   finding.Part = "the proxy's exceptions"
	osFirewallPart   finding.Part = "the firewall's rules"
	redirectsPart    finding.Part = "where the firewall sends packets"
	sendingPart      finding.Part = "what is let out to the directory"
	rulesOutcomePart finding.Part = "what the firewall's rules come to"
	ownPortPart      finding.Part = "the connection from this computer to its own port"
	installedPart    finding.Part = "the streaming software"
	takenPart        finding.Part = "a port that is the service's own"
	servicesPart     finding.Part = "the services"
	startTypePart    finding.Part = "how services start"
	listensAtPart    finding.Part = "the address that is listened on"
	listeningPart    finding.Part = "a listener"
	eth1CardPart     finding.Part = "the card eth1"
	eth1DefaultPart  finding.Part = "the default route over eth1"
	eth1RouterPart   finding.Part = "the router of eth1"
	nameServersPart  finding.Part = "the directory's name servers"
	oneServerPart    finding.Part = "one of the name servers"
	slowServerPart   finding.Part = "how quickly name servers answer"
	resolverPart     finding.Part = "the resolver in use"
	recordsPart      finding.Part = "the domain's records"
	controllersPart  finding.Part = "the domain controllers"
	portsPart        finding.Part = "the domain controllers' ports"
	ldapPart         finding.Part = "the domain controllers' directory service"
	forwardersPart   finding.Part = "names of the internet"
	clockHerePart    finding.Part = "this WorkSpace's clock"
	clockTherePart   finding.Part = "the domain controllers' clock"
	webProxyPart     finding.Part = "the web proxy"
	wayOutPart       finding.Part = "internet access"
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

// below gives everything that a part stands on, itself not.
func below(p finding.Part) []finding.Part {
	var list []finding.Part
	for next := slices.Clone(standsOn[p]); len(next) > 0; next = next[1:] {
		if !slices.Contains(list, next[0]) {
			list = append(list, next[0])
			next = append(next, standsOn[next[0]]...)
		}
	}
	return list
}

// suppressParts marks inside a WorkSpace every finding about a part that stands on
// another one with which something is wrong. Of several the deepest is named. No
// two parts stand on each other, so that the order does not matter.
func suppressParts(findings []finding.Finding) {
	for i := range findings {
		var cause *finding.Finding
		for j := range findings {
			f := &findings[j]
			wrong := f.Severity == finding.SeverityFault || f.Severity == finding.SeveritySuspect
			if wrong && slices.Contains(below(findings[i].Part), f.Part) &&
				(cause == nil || slices.Contains(below(cause.Part), f.Part)) {
				cause = f
			}
		}
		if cause != nil {
			code := cause.Code
			findings[i].SuppressedBy = &code
		}
	}
}
