package sweep_test

import (
	"testing"

	"wsdoctor/internal/diagnose/sweep"
	"wsdoctor/internal/words"
)

func TestOddsInWords(t *testing.T) {
	for want, o := range map[string]sweep.Odds{
		"1 probe got no answer, 16 of 20 to open ports did: random packet loss may explain that (chance 21.43 %)":       sweep.OddsOf(1, 4, 20),
		"3 probes got no answer, 16 of 20 to open ports did: random packet loss is ruled out (chance 0.98 %)":           sweep.OddsOf(3, 4, 20),
		"9 probes got no answer, 34 of 34 to open ports did: random packet loss is ruled out (chance less than 0.01 %)": sweep.OddsOf(9, 0, 34),
		"1 probe got no answer, 0 of 0 to open ports did: random packet loss may explain that (chance 50 %)":            sweep.OddsOf(1, 0, 0),
	} {
		if got := words.English().Tell(o.Sentence()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// ChanceLimit lies where three lost probes of a line that loses a quarter do.
func TestWhatASilenceIsWorth(t *testing.T) {
	for _, c := range []struct {
		probes, lost, sent int
		low, high          float64 // what the chance lies between
		decides            bool
	}{
		{0, 0, 40, 1, 1, false},           // nothing was asked
		{1, 0, 0, 0.5, 0.5, false},        // nothing is known of the line
		{1, 0, 24, 0.0199, 0.0201, true},  // 0.5 of 25, which is just the limit
		{1, 0, 23, 0.0208, 0.0209, false}, // 0.5 of 24, which is more
		{2, 0, 20, 0.0005, 0.0006, true},  //
		{2, 6, 20, 0.09, 0.1, false},      // a line that loses a third
		{4, 6, 20, 0.009, 0.0095, true},   // and more probes on it
		{3, 20, 20, 0.9, 1, false},        // a line that loses everything
		{3, 5, 19, 0.0207, 0.0209, false}, // 5.5 of 20, three times over
		{3, 5, 20, 0.0179, 0.0181, true},  // 5.5 of 21
	} {
		o := sweep.OddsOf(c.probes, c.lost, c.sent)
		if o.Chance < c.low || o.Chance > c.high || (o.Chance <= sweep.ChanceLimit) != c.decides {
			t.Errorf("%d probes, %d of %d lost: chance %.4f, decides %v; want %.4f to %.4f, %v", c.probes, c.lost, c.sent, o.Chance, o.Chance <= sweep.ChanceLimit, c.low, c.high, c.decides)
		}
		if o.Probes != c.probes || o.ControlLost != c.lost || o.ControlProbes != c.sent {
			t.Errorf("%+v does not say what it rests on", o)
		}
	}
}
