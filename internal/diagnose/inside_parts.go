package diagnose

import "slices"

// Part is what of a WorkSpace a finding says does not do its work.
type Part string

// The parts, from the cards up to what a user notices.
const (
	eth0CardPart     Part = "the card eth0"
	eth0AddressPart  Part = "eth0's address"
	eth0MTUPart      Part = "eth0's packet size"
	eth0DefaultPart  Part = "the default route beside eth0"
	eth0OverlapPart  Part = "the management network's own range"
	eth0AnswersPart  Part = "the way of eth0's answers"
	eth0FurtherPart  Part = "routes over eth0"
	metadataPart     Part = "the metadata service"
	activationPart   Part = "activation"
	exceptionsPart   Part = "the proxy's exceptions"
	osFirewallPart   Part = "the firewall's rules"
	sendingPart      Part = "what is let out to the directory"
	rulesOutcomePart Part = "what the firewall's rules come to"
	ownPortPart      Part = "the way from this computer to its own port"
	installedPart    Part = "the streaming software"
	takenPart        Part = "a port that is the service's own"
	servicesPart     Part = "the services"
	startTypePart    Part = "how services start"
	listensAtPart    Part = "the address that is listened on"
	listeningPart    Part = "a listener"
	eth1CardPart     Part = "the card eth1"
	eth1DefaultPart  Part = "the default route over eth1"
	eth1RouterPart   Part = "the router of eth1"
	nameServersPart  Part = "the directory's name servers"
	oneServerPart    Part = "one of the name servers"
	resolverPart     Part = "the resolver in use"
	recordsPart      Part = "the domain's records"
	controllersPart  Part = "the domain controllers"
	portsPart        Part = "the domain controllers' ports"
	ldapPart         Part = "the domain controllers' directory service"
	forwardersPart   Part = "names of the internet"
	clockHerePart    Part = "this WorkSpace's clock"
	clockTherePart   Part = "the domain controllers' clock"
	webProxyPart     Part = "the web proxy"
	wayOutPart       Part = "the way out"
)

// standsOn says what each part needs to do its work: where that is broken, the
// part is no finding of its own. It is closed by follow: what a part's support
// stands on, it stands on too. A part without a row stands by itself.
var standsOn = map[Part][]Part{
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
	recordsPart:     {resolverPart}, // who says that a record is missing was reached
	controllersPart: {nameServersPart, recordsPart},
	portsPart:       {nameServersPart, recordsPart},
	ldapPart:        {portsPart},
	forwardersPart:  {nameServersPart, resolverPart},
	webProxyPart:    {eth1RouterPart},
	wayOutPart:      {webProxyPart, clockHerePart},
}

// follow gives everything that a part stands on, itself not.
func (p Part) follow() []Part {
	var list []Part
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
func suppressParts(findings []Finding) {
	for i := range findings {
		var cause *Finding
		for j := range findings {
			f := &findings[j]
			wrong := f.Severity == SeverityFault || f.Severity == SeveritySuspect
			if wrong && slices.Contains(findings[i].part.follow(), f.part) &&
				(cause == nil || slices.Contains(cause.part.follow(), f.part)) {
				cause = f
			}
		}
		if cause != nil {
			code := cause.Code
			findings[i].SuppressedBy = &code
		}
	}
}
