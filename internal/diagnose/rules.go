package diagnose

// Rules is the table of all causes. A new one is a variable in its family's file
// and one entry here. The order does not matter: which finding is another's symptom
// is told by what each explains (at the desk) or is about (inside a WorkSpace).
func Rules() []Rule {
	return []Rule{
		noInterface, noRoute, noResolver, gatewayDead, wrongClock, rootMissing,
		sendDenied, hostRejects, hostSwallows, hostAnswers, hostInspects,
		hostsFile, stubDead, resolverLeft, resolverCovered, namesDifferHere,
		dnsBlocked, dnsWrongHost, dnsNowhere, dnsSlow, nameSilent, dnsNXDomain, dnsServfail, dnsRefused, dnsBogon, oneAddress, dnsSilent, oneResolverDead,
		portalAnswers,
		proxyRefuses, proxyUnreachable, proxyHangs,
		tlsResigned, unknownAmazonRoot,
		pathLocated, answerForged, gatewayRefuses, pathPasses, dataReset,
		routerProhibits, portSilent, portRefused, acceptUnreal, udpNotPassing,
		largeHelloLost, mtuBlackHole, sourcePortBlocked,
		routerUnreachable, nothingAnswers, slowPath, lossyPath, lossyPort, jitteryPath, ipv6Broken,
		egressNotAllowed, egressVaries,
		webUnreachable, brokerUnhealthy, certificateExpired, sideHostFails,
		acceptMute, someAddressesDead, gatewayOnlyDead, awsHostRejects,
		directoryRecordsMissing, directoryUnreachable,
		// Inside a WorkSpace.
		workspaceClockWrong,
		eth0Down, eth0Missing, eth0WrongAddress, eth0IsDefault, eth0Overlapped, answersAstray, eth0NarrowMTU, eth0NoWayFurther, metadataUnreachable, metadataProxied, kmsUnreachable,
		firewallBlocks, firewallUnclear, ownPortBlocked, sendingDenied,
		portTaken, serviceStopped, serviceNotEnabled, listensElsewhere, notListening, notInstalled,
		eth1Down, eth1NoDefault, eth1GatewayDead,
		directoryDNSDead, directoryDNSHalf, recordsMissing, resolverForeign, controllersSilent, controllerPortsShut, controllersMute, directoryClockWrong, namesNotForwarded,
		egressBlocked, egressProxyFails,
	}
}

// RuleByCode finds a rule.
func RuleByCode(code string) (Rule, bool) {
	for _, r := range Rules() {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}
