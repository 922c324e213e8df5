package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trail "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"wsdoctor/internal/account"
	"wsdoctor/probe"
)

const (
	namespace = "AWS/WorkSpaces"
	// mostPoints of a series are kept: a day of five minutes, and some.
	mostPoints = 300
	// mostResources that an event names are kept.
	mostResources = 10
)

// Metrics is cloudwatch:GetMetricData.
func (c *client) Metrics(ctx context.Context, q account.MetricsQuery) (d probe.MetricsDetail, err error) {
	d = probe.MetricsDetail{From: q.From, Until: q.Until}
	in := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(q.From), EndTime: aws.Time(q.Until), ScanBy: types.ScanByTimestampAscending,
	}
	at := map[string]int{} // of a series, by the query's name
	for i, m := range account.Metrics {
		of := q.Of(m)
		if of == "" {
			continue
		}
		id := fmt.Sprintf("m%d", i)
		at[id] = len(d.Series)
		d.Series = append(d.Series, probe.Series{
			Metric: m.Name, Dimension: m.Dimension, Of: of, Statistic: m.Statistic, Points: []probe.Point{},
		})
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
			Metric: &types.Metric{
				Namespace: aws.String(namespace), MetricName: aws.String(m.Name),
				Dimensions: []types.Dimension{{Name: aws.String(m.Dimension), Value: &of}},
			},
			Period: aws.Int32(account.MetricsPeriod), Stat: aws.String(m.Statistic),
		}})
	}
	for range mostPages {
		o, err := c.cloudwatch.GetMetricData(ctx, in)
		if err != nil {
			return probe.MetricsDetail{}, because(ctx, account.ActionOf(probe.AccountMetrics), err)
		}
		for _, r := range o.MetricDataResults {
			if i, asked := at[aws.ToString(r.Id)]; asked {
				d.Series[i] = more(d.Series[i], r)
			}
		}
		if in.NextToken = o.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	return d, nil
}

// more adds a page to a series.
func more(s probe.Series, r types.MetricDataResult) probe.Series {
	for i, t := range r.Timestamps {
		if i < len(r.Values) {
			s.Points = append(s.Points, probe.Point{At: t.UTC(), Value: r.Values[i]})
		}
	}
	slices.SortStableFunc(s.Points, func(a, b probe.Point) int { return a.At.Compare(b.At) })
	if n := len(s.Points) - mostPoints; n > 0 {
		s.Points = s.Points[n:]
	}
	s.Incomplete = r.StatusCode == types.StatusCodePartialData || r.StatusCode == types.StatusCodeInternalError ||
		r.StatusCode == types.StatusCodeForbidden
	return s
}

// Changes is cloudtrail:LookupEvents, without the events that only read.
func (c *client) Changes(ctx context.Context, q account.ChangesQuery) (d probe.ChangesDetail, err error) {
	d = probe.ChangesDetail{Source: q.Source, Since: q.Since, Changes: []probe.Change{}}
	in := &cloudtrail.LookupEventsInput{
		LookupAttributes: []trail.LookupAttribute{
			{AttributeKey: trail.LookupAttributeKeyEventSource, AttributeValue: &q.Source},
		},
		StartTime: aws.Time(q.Since), MaxResults: aws.Int32(50),
	}
	for range max(1, min(q.Pages, account.MostEventPages)) {
		o, err := c.cloudtrail.LookupEvents(ctx, in)
		if err != nil {
			return probe.ChangesDetail{}, because(ctx, account.ActionOf(probe.AccountChanges), err)
		}
		for _, e := range o.Events {
			if aws.ToString(e.ReadOnly) != "true" {
				d.Changes = append(d.Changes, change(e))
			}
		}
		in.NextToken = o.NextToken
		if d.Truncated = aws.ToString(in.NextToken) != ""; !d.Truncated {
			break
		}
	}
	slices.SortStableFunc(d.Changes, func(a, b probe.Change) int { return b.At.Compare(a.At) })
	return d, nil
}

// identifier is how AWS names what an event is about.
var identifier = regexp.MustCompile(`^[a-z]+-[0-9a-z]{4,20}$`)

func change(e trail.Event) probe.Change {
	c := probe.Change{At: moment(e.EventTime), Event: word(e.EventName), By: word(e.Username)}
	for _, r := range e.Resources {
		c.Resources = append(c.Resources, some(r.ResourceName)...)
	}
	var more struct {
		SourceIPAddress   string
		ErrorCode         string
		RequestParameters map[string]any
	}
	if whole := aws.ToString(e.CloudTrailEvent); json.Unmarshal([]byte(whole), &more) == nil {
		if a, err := netip.ParseAddr(more.SourceIPAddress); err == nil {
			c.From = a.Unmap()
		}
		c.Failed = text(more.ErrorCode)
		for _, value := range more.RequestParameters {
			if id, is := value.(string); is && identifier.MatchString(id) && !slices.Contains(c.Resources, id) {
				c.Resources = append(c.Resources, id)
			}
		}
	}
	slices.SortFunc(c.Resources, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	c.Resources = slices.Compact(c.Resources)
	c.Resources = c.Resources[:min(len(c.Resources), mostResources)]
	return c
}
