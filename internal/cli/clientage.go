package cli

import (
	"slices"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
	"wsdoctor/internal/words"
)

// newRegions is the client that first knew the Regions whose names are asked by
// pattern (the clients' release notes of 2026-04).
const newRegions = "5.32.0"

// clientAge says what the age of the installed client means for a Region; nothing
// where it is new enough, or not known.
func clientAge(version, system string, r catalog.Region) (notes []words.Text) {
	if oldest := catalog.OldestClient[system]; version != "" && client.Older(version, oldest) {
		notes = append(notes, words.Say("cli.client-old", words.Args{"version": version, "oldest": oldest}))
	}
	guessed := slices.ContainsFunc(r.Endpoints, func(e catalog.Endpoint) bool { return e.ByPattern })
	if numberedLikeWindows := system == "windows" ||
		system == "darwin"; guessed && numberedLikeWindows && version != "" &&
		client.Older(version, newRegions) {
		notes = append(
			notes,
			words.Say("cli.client-before-region", words.Args{"version": version, "region": r.ID, "first": newRegions}),
		)
	}
	return notes
}

// clientDefects says which known defects the installed client still has. They are no
// fault of any network, and the run cannot see them.
func clientDefects(version, system string) []words.Text {
	var list words.Text
	for _, d := range catalog.Defects {
		if d.System != system || version == "" || !client.Older(version, d.Fixed) {
			continue
		}
		next := words.Say("cli.defect.one", words.Args{"what": words.Say("cli.defect." + d.ID), "version": d.Fixed})
		if !list.Empty() {
			next = words.Say("cli.defect.and", words.Args{"one": list, "next": next})
		}
		list = next
	}
	if list.Empty() {
		return nil
	}
	return []words.Text{words.Say("cli.defects", words.Args{"version": version, "defects": list})}
}
