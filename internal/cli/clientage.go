package cli

import (
	"fmt"
	"slices"
	"strings"

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

// clientDefects says which known defects the installed client still has. They are no
// fault of any network, and the run cannot see them.
func clientDefects(version, system string) []string {
	var list []string
	for _, d := range catalog.Defects {
		if d.System == system && version != "" && client.Older(version, d.Fixed) {
			list = append(list, d.What+" (fixed in "+d.Fixed+")")
		}
	}
	if len(list) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("The WorkSpaces client on this computer is %s; by its release notes it has defects that look like the network: %s.", version, strings.Join(list, "; "))}
}
