package service

import (
	"bytes"
	"encoding/xml"
	"path/filepath"
)

// label is what launchd knows it by.
const label = "com.wsdoctor.watch"

// launchd starts it when the user logs in; launchd.plist(5), launchctl(1).
var launchd = Kind{
	Name: "launchd", System: "darwin",
	File: func(p Places) string { return filepath.Join(p.Home, "Library", "LaunchAgents", label+".plist") },
	Text: launchdText,
	Start: func(file string, p Places) []Command {
		return []Command{{Args: []string{"launchctl", "bootstrap", "gui/" + p.User, file}}}
	},
	Stop: func(_ string, p Places) []Command {
		// An agent that the user had stopped is not known any more.
		return []Command{{Args: []string{"launchctl", "bootout", "gui/" + p.User + "/" + label}, Lax: true}}
	},
	Extra:  func(Places) []Extra { return []Extra{{"--quiet", []string{"quiet", "verbose"}}} },
	Output: func(p Places) string { return filepath.Join(p.Home, "Library", "Logs", Name+".log") },
}

// launchdText: it is started anew only after a crash, because exit codes are diagnoses. It
// is no background process in launchd's sense: those wake late, and so would our timers.
func launchdText(j Job) ([]byte, error) {
	if err := j.plain(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	text := func(indent, key, value string) {
		b.WriteString(indent)
		if key != "" {
			b.WriteString("<key>" + key + "</key>\n" + indent)
		}
		b.WriteString("<string>")
		xml.EscapeText(&b, []byte(value))
		b.WriteString("</string>\n")
	}
	b.WriteString(xml.Header)
	b.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"` +
		` "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n<dict>\n")
	text("\t", "Label", label)
	b.WriteString("\t<key>ProgramArguments</key>\n\t<array>\n")
	for _, a := range append([]string{j.Program}, j.Args...) {
		text("\t\t", "", a)
	}
	b.WriteString("\t</array>\n\t<key>RunAtLoad</key>\n\t<true/>\n" +
		"\t<key>KeepAlive</key>\n\t<dict>\n\t\t<key>Crashed</key>\n\t\t<true/>\n\t</dict>\n")
	if j.Output != "" {
		text("\t", "StandardOutPath", j.Output)
		text("\t", "StandardErrorPath", j.Output)
	}
	b.WriteString("</dict>\n</plist>\n")
	return b.Bytes(), nil
}
