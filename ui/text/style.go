package text

import (
	"image/color"

	"wsdoctor/internal/diagnose/finding"

	"charm.land/lipgloss/v2"
)

// token names a style by what it means.
type token int

const (
	tokenMuted token = iota
	tokenHeading
	tokenOK
	tokenDegraded
	tokenFault
	tokenSuspect
	tokenUnknown
)

// looks are the tokens' marks, different without colour too, and their colours:
// of the terminal's own sixteen, so that they fit its theme.
var looks = map[token]struct {
	mark, ascii string
	color       color.Color
}{
	tokenMuted:    {color: lipgloss.BrightBlack},
	tokenHeading:  {color: nil},
	tokenOK:       {"✓", "+", lipgloss.Green},
	tokenDegraded: {"!", "!", lipgloss.Yellow},
	tokenFault:    {"✗", "x", lipgloss.Red},
	tokenSuspect:  {"?", "?", lipgloss.Magenta},
	tokenUnknown:  {"–", "-", lipgloss.BrightBlack},
}

// statusTokens, layerTokens and severityTokens tie the closed lists to looks.
var (
	statusTokens = map[finding.Status]token{
		finding.StatusOK:           tokenOK,
		finding.StatusDegraded:     tokenDegraded,
		finding.StatusFault:        tokenFault,
		finding.StatusInconclusive: tokenSuspect,
	}
	layerTokens = map[finding.LayerStatus]token{
		finding.LayerOK: tokenOK, finding.LayerDegraded: tokenDegraded, finding.LayerFault: tokenFault,
		finding.LayerSuspect: tokenSuspect, finding.LayerUnknown: tokenUnknown, finding.LayerNotTested: tokenUnknown,
	}
	severityTokens = map[finding.Severity]token{
		finding.SeverityFault:    tokenFault,
		finding.SeverityDegraded: tokenDegraded,
		finding.SeveritySuspect:  tokenSuspect,
		finding.SeverityInfo:     tokenUnknown,
	}
)

// style gives a token's style, nil where the page has no colour.
func (p *page) style(t token) *lipgloss.Style {
	if !p.o.Color {
		return nil
	}
	s := lipgloss.NewStyle()
	if c := looks[t].color; c != nil {
		s = s.Foreground(c)
	}
	if t == tokenHeading {
		s = s.Bold(true)
	}
	return &s
}

func (p *page) bold(t token) *lipgloss.Style {
	s := p.style(t)
	if s != nil {
		*s = s.Bold(true)
	}
	return s
}

// mark is a token's mark, plain. A status from a foreign file has the mark of
// the unknown.
func (p *page) mark(t token) string {
	look := looks[t]
	switch {
	case look.mark == "":
		return "-"
	case p.o.Unicode:
		return look.mark
	}
	return look.ascii
}
