package words

import "testing"

// What a probe said in English is told in another language and back, its reason too.
func TestWhatAProbeSaidIsToldInEveryLanguage(t *testing.T) {
	ja, _ := In("ja")
	for _, c := range []struct{ english, japanese string }{
		{"proxy: an automatic configuration script is set; it was not run", "プロキシ: 自動構成スクリプトが設定されています。実行していません"},
		{"service PCoIPAgent: not everything could be read", "サービス PCoIPAgent: 一部を読み取れませんでした"},
		{"network interfaces: this computer did not answer in time", "ネットワークインターフェイス: このコンピューターが時間内に応答しませんでした"},
		{"network interfaces: no time limit could be set", "ネットワークインターフェイス: 時間制限を設定できませんでした"},
		{"resolvers: read /etc/resolv.conf: permission denied", "ネームサーバーの設定: read /etc/resolv.conf: permission denied"},
		{
			"which process listens on 4172/tcp, 4195/tcp: reading it needs privileges (repeat with: sudo wsdoctor inside)",
			"4172/tcp, 4195/tcp で待ち受けているプロセス: 読み取りには権限が必要です (次のコマンドで再実行してください: sudo wsdoctor inside)",
		},
		{
			"This computer was too busy to wait for the answer to one question.",
			"このコンピューターが高負荷だったため、1 件の問い合わせの応答を待てませんでした。",
		},
		{
			"This computer was too busy to wait for the answers to 12 questions.",
			"このコンピューターが高負荷だったため、12 件の問い合わせの応答を待てませんでした。",
		},
		{"of a later version", "of a later version"},
		{"", ""},
	} {
		if got := ja.Tell(Heard(c.english)); got != c.japanese {
			t.Errorf("%q: %q", c.english, got)
		}
		if got := English().Tell(Heard(c.japanese)); got != c.english {
			t.Errorf("%q: %q", c.japanese, got)
		}
		if got := English().Tell(Heard(c.english)); got != c.english {
			t.Errorf("%q: %q", c.english, got)
		}
	}
}

// No sentence may be taken for another one.
func TestEverySentenceOfAProbeIsHeardAsItself(t *testing.T) {
	n := 0
	for _, name := range Languages() {
		c, _ := In(name)
		for _, s := range c.heard() {
			n++
			args := Args{}
			names, _ := c.Arguments(s.id)
			for arg := range names {
				args[arg] = "x" + arg + "x"
			}
			said := c.Tell(Say(s.id, args))
			if got := Heard(said); got.ID() != s.id {
				t.Errorf("%s: %q is taken for %s", name, said, got.ID())
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d sentences", n)
	}
}

func FuzzHeard(f *testing.F) {
	f.Add("network interfaces: x")
	f.Fuzz(func(t *testing.T, said string) {
		if got := English().Tell(Heard(said)); len(got) > 2*len(said)+200 {
			t.Errorf("%q", got)
		}
	})
}
