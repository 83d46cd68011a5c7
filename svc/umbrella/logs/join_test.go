package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// sample is a log with one of everything.
const sample = `1000000000.0 status: local 0/10 remote 0/20
1000000001.0 new msg 7
1000000001.0 info msg 7: bytes 100 from <Joe@a.example> qp 12 uid 1000
1000000001.0 starting delivery 1: msg 7 to local ann@a.example
1000000001.0 status: local 1/10 remote 0/20
1000000002.0 delivery 1: success: did_1+0+0/
1000000002.0 starting delivery 2: msg 7 to remote bob@b.example
1000000003.0 delivery 2: failure: no_such_user/
1000000003.0 bounce msg 7 qp 13
1000000003.0 end msg 7
1000000004.0 new msg 8
1000000004.0 info msg 8: bytes 5 from <> qp 13 uid 1001
1000000004.0 starting delivery 3: msg 8 to remote x@c.example
1000000005.0 delivery 3: deferral: later/
1000000006.0 starting delivery 4: msg 8 to remote y@c.example
1000000007.0 delivery 4: report mangled, will defer
1000000008.0 delivery 99: success: unknown/
1000000009.0 status: exiting
1000000010.0 delivery 4: success: of_another_run/
1000000011.0 new msg 8
1000000012.0 warning: unable to unlink info/1/2
1000000013.0 tcpserver: status: 1/40
1000000013.0 tcpserver: pid 50 from 192.0.2.1
1000000014.0 tcpserver: ok 50 mx.a.example:192.0.2.9:25 client.example:192.0.2.1::4000
1000000015.0 tcpserver: end 50 status 256
1000000016.0 tcpserver: pid 51 from 192.0.2.2
1000000016.0 tcpserver: deny 51 mx.a.example:192.0.2.9:25 :192.0.2.2::4000
1000000017.0 rblsmtpd: 192.0.2.2 pid 51: 451 listed
1000000018.0 end msg 9
`

func join(log string) (*Joiner, []Event) {
	j, p := NewJoiner(), Parser{Now: time.Now}
	var events []Event
	for line := range strings.Lines(log) {
		j.Line(p.Parse(strings.TrimSuffix(line, "\n")), func(e Event) { events = append(events, e) })
	}
	return j, events
}

func TestJoin(t *testing.T) {
	j, events := join(sample)
	var got strings.Builder
	for _, e := range events {
		fmt.Fprintf(&got, "%d %s", e.Time.Unix()-1000000000, e.What)
		if m := e.Message; m != nil {
			fmt.Fprintf(&got, " m%d<%s>", m.ID, m.Sender)
		}
		if d := e.Delivery; d != nil {
			fmt.Fprintf(&got, " %s %s", d.Recipient, d.Report)
		}
		if c := e.Connection; c != nil {
			fmt.Fprintf(&got, " %s %s %s %s %s", c.PID, c.IP, c.Host, c.Port, c.Status)
		}
		if e.Local.Limit > 0 {
			fmt.Fprintf(&got, " %d/%d", e.Local.Used, e.Local.Limit)
		}
		got.WriteString(e.Text + "\n")
	}
	want := `0 load 0/10
1 queued m7<Joe@a.example>
1 started m7<Joe@a.example> ann@a.example did_1+0+0/
1 load 1/10
2 delivered m7<Joe@a.example> ann@a.example did_1+0+0/
2 started m7<Joe@a.example> bob@b.example no_such_user/
3 failed m7<Joe@a.example> bob@b.example no_such_user/
3 bounced m7<Joe@a.example>
3 ended m7<Joe@a.example>
4 queued m8<>
4 started m8<> x@c.example later/
5 deferred m8<> x@c.example later/
6 started m8<> y@c.example report_mangled
7 deferred m8<> y@c.example report_mangled
11 gone m8<>
12 problemwarning: unable to unlink info/1/2
13 sessions 1/40
13 connected 50 192.0.2.1 client.example 25 256
14 accepted 50 192.0.2.1 client.example 25 256
15 disconnected 50 192.0.2.1 client.example 25 256
16 connected 51 192.0.2.2  25 ` + `
16 denied 51 192.0.2.2  25 ` + `
17 otherrblsmtpd: 192.0.2.2 pid 51: 451 listed
18 ended m9<>
`
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got.String(), want)
	}
	if m, c := j.Open(); len(m) != 0 || len(c) != 1 || c[0].PID != "51" || !c[0].Denied {
		t.Errorf("%v %v", m, c)
	}
	if m := events[1].Message; !m.Known || !m.Ended || m.BounceQP != 13 || len(m.Deliveries) != 2 || m.Last.Unix() != 1000000003 {
		t.Errorf("%+v", m)
	}
}

// Whatever stands in a log, an event is about what its kind says.
func FuzzJoin(f *testing.F) {
	f.Add(sample)
	f.Add("tcpserver: ok 1 : :\n1 : \nend msg\n")
	f.Fuzz(func(t *testing.T, log string) {
		_, events := join(log)
		for _, e := range events {
			switch e.What {
			case Queued, Bounced, Ended, Gone:
				if e.Message == nil {
					t.Errorf("%+v", e)
				}
			case Started, Delivered, Failed, Deferred:
				if e.Message == nil || e.Delivery == nil {
					t.Errorf("%+v", e)
				}
			case Connected, Accepted, Denied, Disconnected:
				if e.Connection == nil {
					t.Errorf("%+v", e)
				}
			}
		}
	})
}
