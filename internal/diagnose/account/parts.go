package account

import "wsdoctor/internal/diagnose/finding"

// The parts of an account that findings are about.
const (
	registrationPart finding.Part = "registration"
	directoryPart    finding.Part = "directory"
	namesPart        finding.Part = "directory names"
	userPart         finding.Part = "user"
	statePart        finding.Part = "state"
	launchPart       finding.Part = "launch"
	accessPart       finding.Part = "access"
	cardPart         finding.Part = "card"
	cardGroupsPart   finding.Part = "card groups"
	directoryWayPart finding.Part = "directory route"
	wayOutPart       finding.Part = "egress"
	overlapPart      finding.Part = "overlap"
	endpointPart     finding.Part = "endpoint"
	countersPart     finding.Part = "counters"
	historyPart      finding.Part = "history"
)

// standsOn says what each part needs to do its work: where that is broken, the part is no
// finding of its own. What CloudWatch counted is the echo of everything else.
var standsOn = map[finding.Part][]finding.Part{
	directoryPart:    {registrationPart},
	namesPart:        {directoryPart},
	userPart:         {registrationPart},
	statePart:        {userPart, launchPart},
	cardPart:         {statePart},
	cardGroupsPart:   {cardPart},
	directoryWayPart: {cardGroupsPart},
	countersPart:     {statePart, accessPart, cardGroupsPart, directoryWayPart, namesPart, overlapPart, endpointPart},
}
