package cli

import "wsdoctor/probe"

// defaultScenario is what `wsdoctor demo` shows when nothing is named: the
// commonest fault of all, by a firewall that says so.
const defaultScenario = "firewall-rejects-pcoip"

// simulatedVariable names the scenario to a program that runs in the lab. It marks
// the report and changes nothing else: in there is an ordinary network, which
// nothing tells from a real one, and the report must not be taken for one of a
// real one.
const simulatedVariable = "WSDOCTOR_DEMO"

// longestScenario is the longest name of a scenario that is written into a
// report, in runes.
const longestScenario = 80

// simulated is the scenario that this program was told to be in; empty for none.
func simulated(env Env) string { return probe.Clean(env.Getenv(simulatedVariable), longestScenario) }
