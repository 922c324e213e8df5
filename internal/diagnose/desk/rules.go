package desk

import (
	"slices"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/probe"
)

type rule = finding.Rule[evidence]

// rules is the table of all causes at the desk. A new one is a variable in its family's
// file and one entry here. The order does not matter: which finding is another's
// symptom is told by what each explains.
func rules() []rule {
	return []rule{
		noInterface,
		noRoute,
		noResolver,
		gatewayDead,
		wrongClock,
		rootMissing,
		sendDenied,
		hostRejects,
		hostSwallows,
		hostAnswers,
		hostInspects,
		hostsFile,
		stubDead,
		resolverLeft,
		resolverCovered,
		namesDifferHere,
		dnsBlocked,
		dnsWrongHost,
		dnsNowhere,
		dnsSlow,
		nameSilent,
		dnsNXDomain,
		dnsServfail,
		dnsRefused,
		dnsBogon,
		oneAddress,
		dnsSilent,
		oneResolverDead,
		portalAnswers,
		proxyRefuses,
		proxyUnreachable,
		proxyHangs,
		tlsResigned,
		unknownAmazonRoot,
		pathLocated,
		answerForged,
		gatewayRefuses,
		pathPasses,
		dataReset,
		routerProhibits,
		portSilent,
		portRefused,
		acceptUnreal,
		udpNotPassing,
		largeHelloLost,
		mtuBlackHole,
		sourcePortBlocked,
		routerUnreachable,
		nothingAnswers,
		lineSlept,
		slowPath,
		lossyPath,
		lossyPort,
		jitteryPath,
		ipv6Broken,
		egressNotAllowed,
		egressVaries,
		webUnreachable,
		brokerUnhealthy,
		certificateExpired,
		sideHostFails,
		acceptMute,
		someAddressesDead,
		gatewayOnlyDead,
		awsHostRejects,
		directoryRecordsMissing,
		directoryUnreachable,
	}
}

// Causes are what can be found from a desk.
func Causes() []finding.Cause {
	var list []finding.Cause
	for _, r := range rules() {
		c := r.Cause()
		c.Vantage = probe.AtDesk
		list = append(list, c)
	}
	return list
}

// ruleByCode finds a rule that is there.
func ruleByCode(code string) rule {
	list := rules()
	return list[slices.IndexFunc(list, func(r rule) bool { return r.Code == code })]
}
