package words

import (
	"encoding/json"
	"net/netip"
	"testing"
)

func TestATextForProgramsIsTheSameInEveryLanguage(t *testing.T) {
	text := Say("a.b", Args{
		"ports": Ports{TCP: []uint16{4172}, UDP: []uint16{4172}}, "who": Say("c.d", Args{"address": netip.MustParseAddr("10.20.0.1")}), "name": Raw("Example 4.3"),
		"list": List{Raw("x"), Say("e")}, "n": 3, "ms": Milliseconds(1.5), "chance": Chance(0.25), "yes": true, "protocols": Protocols{"dcv"},
	}).Then(Say("more"))
	got, err := json.Marshal(text.Data())
	const want = `[{"chance":0.25,"list":["x",{"say":"e"}],"ms":1.5,"n":3,"name":"Example 4.3","ports":{"tcp":[4172],"udp":[4172]},"protocols":["dcv"],"say":"a.b","who":{"address":"10.20.0.1","say":"c.d"},"yes":true},{"say":"more"}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	if (Text{}).Data() != nil {
		t.Error("nothing is something")
	}
}
