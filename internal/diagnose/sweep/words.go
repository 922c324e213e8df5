package sweep

import "wsdoctor/internal/words"

// Sentence says what the silence is worth, without a full stop.
func (o Odds) Sentence() words.Text {
	return words.Say("odds.sentence", words.Args{
		"probes":   o.Probes,
		"answered": o.ControlProbes - o.ControlLost,
		"asked":    o.ControlProbes,
		"may":      o.Chance > ChanceLimit,
		"chance":   words.Chance(o.Chance),
	})
}
