package cli

import (
	"fmt"
	"slices"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
)

// newRegions is the client that first knew the Regions whose names are asked by
// pattern (the clients' release notes of 2026-04).
const newRegions = "5.32.0"

// clientAge says what the age of the installed client means for a Region; nothing
// where it is new enough, or not known.
func clientAge(version, system string, r catalog.Region) (notes []string) {
	if oldest := catalog.OldestClient[system]; version != "" && client.Older(version, oldest) {
		notes = append(notes, fmt.Sprintf("The WorkSpaces client on this computer is %s, and AWS supports %s and newer: update it before anything else is changed.", version, oldest))
	}
	guessed := slices.ContainsFunc(r.Endpoints, func(e catalog.Endpoint) bool { return e.ByPattern })
	if numberedLikeWindows := system == "windows" || system == "darwin"; guessed && numberedLikeWindows && version != "" && client.Older(version, newRegions) {
		notes = append(notes, fmt.Sprintf("The WorkSpaces client on this computer is %s, and %s is in no client before %s: update it.", version, r.ID, newRegions))
	}
	return notes
}
