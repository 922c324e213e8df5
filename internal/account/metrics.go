package account

// Metric is one that is asked of CloudWatch, namespace AWS/WorkSpaces, in periods of five
// minutes.
type Metric struct {
	Name      string
	Dimension string // WorkspaceId or DirectoryId
	Statistic string
}

// MetricsPeriod is the length of a period, in seconds.
const MetricsPeriod = 300

// Metrics are asked in one call (administration guide, "Monitor your WorkSpaces using
// CloudWatch metrics"). Those of connections are counted after the sign-in only.
var Metrics = []Metric{
	{"ConnectionAttempt", "WorkspaceId", "Sum"},
	{"ConnectionSuccess", "WorkspaceId", "Sum"},
	{"ConnectionFailure", "WorkspaceId", "Sum"},
	{"SessionDisconnect", "WorkspaceId", "Sum"},
	{"ConnectionDuration", "WorkspaceId", "Average"},
	{"UserConnected", "WorkspaceId", "Maximum"},
	{"Unhealthy", "WorkspaceId", "Maximum"},
	{"Stopped", "WorkspaceId", "Maximum"},
	{"Maintenance", "WorkspaceId", "Maximum"},
	{"InSessionLatency", "WorkspaceId", "Average"},
	{"InSessionLatency", "WorkspaceId", "Maximum"},
	{"UDPPacketLossRate", "WorkspaceId", "Average"},
	{"TCPRetransmissionRate", "WorkspaceId", "Average"},
	{"SessionLaunchTime", "WorkspaceId", "Maximum"},
	{"ConnectionAttempt", "DirectoryId", "Sum"},
	{"ConnectionSuccess", "DirectoryId", "Sum"},
	{"ConnectionFailure", "DirectoryId", "Sum"},
	{"Unhealthy", "DirectoryId", "Sum"},
	{"TrustedDeviceValidationFailure", "DirectoryId", "Sum"},
}

// Of is what a metric is asked of in a query; empty where it is asked of nothing.
func (q MetricsQuery) Of(m Metric) string {
	if m.Dimension == "DirectoryId" {
		return q.Directory
	}
	return q.Workspace
}
