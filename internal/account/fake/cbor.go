package fake

import (
	"context"
	"time"

	"github.com/fxamacker/cbor/v2"

	"wsdoctor/probe"
)

var cborAnswers = map[string]answer{
	"cloudwatch:GetMetricData": func(ctx context.Context, s *Server, q request) ([]byte, error) {
		results := []object{}
		queries, _ := q.body["MetricDataQueries"].([]any)
		for _, each := range queries {
			query := keyed(each)
			stat := keyed(query["MetricStat"])
			metric := keyed(stat["Metric"])
			results = append(results, s.result(q.wire, query["Id"], metric, stat["Stat"]))
		}
		if q.wire == jsonRPC { // the other way in which CloudWatch speaks
			return encodeJSON(object{"MetricDataResults": results}), nil
		}
		return cbor.Marshal(object{"MetricDataResults": results})
	},
}

// keyed is a map of CBOR by its keys as texts.
func keyed(v any) object {
	o := object{}
	switch m := v.(type) {
	case map[any]any:
		for key, value := range m {
			if s, is := key.(string); is {
				o[s] = value
			}
		}
	case object:
		o = m
	}
	return o
}

// result is the answer to one query: what the world counted, by name and dimension.
func (s *Server) result(spoken wire, id any, metric object, stat any) object {
	dimensions, _ := metric["Dimensions"].([]any)
	stamps, values, status := []any{}, []float64{}, "Complete"
	for _, has := range s.World.Series {
		if has.Metric != metric["MetricName"] || has.Statistic != stat || metric["Namespace"] != "AWS/WorkSpaces" ||
			!measured(has, dimensions) {
			continue
		}
		for _, p := range has.Points {
			var stamp any = float64(p.At.UnixNano()) / float64(time.Second)
			if spoken == cborRPC {
				stamp = cbor.Tag{Number: 1, Content: stamp}
			}
			stamps = append(stamps, stamp)
			values = append(values, p.Value)
		}
		if has.Incomplete {
			status = "PartialData"
		}
	}
	return object{"Id": id, "Label": "a label", "Timestamps": stamps, "Values": values, "StatusCode": status}
}

func measured(has probe.Series, dimensions []any) bool {
	if len(dimensions) != 1 {
		return false
	}
	d := keyed(dimensions[0])
	return d["Name"] == has.Dimension && d["Value"] == has.Of
}
