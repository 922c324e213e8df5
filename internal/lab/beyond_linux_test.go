package lab

import (
	"encoding/json"
	"slices"

	"wsdoctor/internal/lab/servers"
)

// goBeyond gives the lab what only these tests have. The host is this program too.
func goBeyond() {
	beyond.topology = func(drawn json.RawMessage) topology { return Scenario{Drawn: drawn}.drawn().topology() }
	beyond.stack = func(job order, at Place, s servers.Stack) servers.Stack {
		if job.Witness && slices.Contains(drawnHosts, at) {
			return echoing{s}
		}
		return s
	}
	beyond.serve = func(n *network, v *services, job order) (done bool, err error) {
		if job.Make {
			return true, n.makeDirectory(v, job.Directory)
		}
		return false, n.startReal(v, job.Directory)
	}
	beyond.ruleset = func(n *network, mode string) (known bool, err error) {
		r, known := outsideRulesets[mode]
		if !known {
			return false, nil
		}
		return true, n.feed(r)
	}
	beyond.testify = func(n *network, v *services) json.RawMessage {
		b, err := json.Marshal(n.testify(v))
		if err != nil {
			panic(err) // counts and words
		}
		return b
	}
}
