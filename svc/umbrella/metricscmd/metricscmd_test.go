package metricscmd

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/logs"
)

const sample = `1000000000.0 status: local 0/10 remote 0/20
1000000001.0 info msg 7: bytes 100 from <Joe@a.example> qp 12 uid 1000
1000000001.0 starting delivery 1: msg 7 to local ann@a.example
1000000001.5 delivery 1: success: did_1+0+0/
1000000001.5 starting delivery 2: msg 7 to remote bob@b.example
1000000003.5 delivery 2: failure: no_such_user/
1000000003.5 bounce msg 7 qp 13
1000000003.5 end msg 7
1000000003.5 starting delivery 3: msg 8 to remote bob@b.example
1000000003.5 status: local 0/10 remote 1/20
1000000003.5 warning: x
1000000003.5 tcpserver: status: 2/40
1000000003.5 tcpserver: ok 50 mx.a.example:192.0.2.9:25 client.example:192.0.2.1::4000
1000000003.5 starting delivery 4: msg 8 to odd place
1000000003.5 delivery 4: success: x
`

func call(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) }

func home(t *testing.T) string {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"queue/mess/0/10": "text", "queue/info/0/10": "Fa@b\x00", "queue/remote/0/10": "Tx@y\x00", "queue/local/0/": "", "queue/todo/": "", "queue/lock/tcpto": "",
	})
	return home
}

func metrics(t *testing.T, home, args string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail", call, clitest.World{Args: append([]string{"metrics"}, strings.Fields(args)...), Input: sample, Home: home})
}

func TestOnce(t *testing.T) {
	r := metrics(t, home(t), "-")
	if r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	for _, line := range []string{
		`qmail_queue_messages 1`, `qmail_queue_bytes 4`, `qmail_queue_recipients{channel="local"} 0`, `qmail_queue_recipients{channel="remote"} 1`, `qmail_tcpto_hosts 0`,
		`qmail_messages_queued_total 1`, `qmail_messages_queued_bytes_total 100`, `qmail_messages_ended_total 1`, `qmail_bounces_total 1`, `qmail_problems_total 1`,
		`qmail_deliveries_total{channel="local",result="delivered"} 1`, `qmail_deliveries_total{channel="remote",result="failed"} 1`,
		`qmail_deliveries_total{channel="remote",result="deferred"} 0`, `qmail_deliveries_running{channel="remote"} 1`, `qmail_deliveries_limit{channel="local"} 10`,
		`qmail_delivery_seconds_sum{channel="remote"} 2`, `qmail_delivery_seconds_bucket{channel="local",le="0.5"} 1`,
		`qmail_connections_open{server="tcpserver"} 2`, `qmail_connections_limit{server="tcpserver"} 40`,
		`qmail_connections_total{port="25",result="accepted",server="tcpserver"} 1`,
	} {
		if !strings.Contains(r.Stdout, "\n"+line+"\n") {
			t.Errorf("no %s in\n%s", line, r.Stdout)
		}
	}
	if strings.Contains(r.Stdout, "odd") || !regexp.MustCompile(`\nqmail_queue_oldest_seconds \d`).MatchString(r.Stdout) {
		t.Error(r.Stdout)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(r.Stdout)); err != nil || len(families) < 20 {
		t.Errorf("%v %d", err, len(families))
	}
	if r := metrics(t, t.TempDir(), "-"); r.Code != 111 || !strings.Contains(r.Stderr, "unable to look at the queue") {
		t.Errorf("%+v", r)
	}
	if r := metrics(t, home(t), "/nonexistent/log"); r.Code != 111 || !strings.Contains(r.Stderr, "unable to read the log") {
		t.Errorf("%+v", r)
	}
	if r := metrics(t, home(t), "--listen x"); r.Code != 111 || !strings.Contains(r.Stderr, "unable to listen") {
		t.Errorf("%+v", r)
	}
}

// The dashboard is JSON, and asks for nothing that there is not.
func TestDashboard(t *testing.T) {
	r := metrics(t, t.TempDir(), "--dashboard")
	var board struct {
		Title  string
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal([]byte(r.Stdout), &board); err != nil || board.Title == "" || len(board.Panels) < 10 {
		t.Fatalf("%v %+v", err, board)
	}
	h := home(t)
	if r := metrics(t, h, "-"); r.Code != 0 {
		t.Fatalf("%+v", r)
	}
	registry := prometheus.NewRegistry()
	p, _ := clitest.Proc(t, "qmail", clitest.World{Home: h})
	c := newCounts()
	for _, x := range append(c.all(), &state{p}) {
		if err := registry.Register(x); err != nil {
			t.Fatal(err)
		}
	}
	there, parser := make(map[string]bool), logs.Parser{Now: time.Now}
	for line := range strings.Lines(sample) {
		c.line(parser.Parse(strings.TrimSuffix(line, "\n")))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		there[f.GetName()] = true
	}
	there["qmail_send_up"] = true // where there is a fifo
	name := regexp.MustCompile(`qmail_[a-z_]+`)
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			found := strings.TrimSuffix(name.FindString(target.Expr), "_bucket")
			if !there[found] {
				t.Errorf("%s: there is no %q", target.Expr, found)
			}
		}
	}
}

func TestAnswer(t *testing.T) {
	for request, want := range map[string]string{
		"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n": "200 OK", "GET /metrics?x=1 HTTP/1.0\n\n": "200 OK", "GET / HTTP/1.1\r\n\r\n": "200 OK",
		"GET /x HTTP/1.1\r\n\r\n": "404 Not Found", "POST /metrics HTTP/1.1\r\n\r\n": "405 Method Not Allowed", "HEAD /metrics HTTP/1.1\r\n\r\n": "200 OK",
		"": "400 Bad Request", "GET\r\n\r\n": "400 Bad Request", "GET /metrics HTTP/1.1\r\n": "400 Bad Request", "GET /metrics SMTP\r\n\r\n": "400 Bad Request",
		"GET /metrics HTTP/1.1\r\nX: " + strings.Repeat("x", maxRequest) + "\r\n\r\n": "400 Bad Request",
	} {
		got := answer(strings.NewReader(request), func() (string, error) { return "figures\n", nil })
		r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), &http.Request{Method: strings.SplitN(request, " ", 2)[0]})
		if err != nil || r.Status != want || !r.Close {
			t.Errorf("%.40q: %v %s", request, err, got)
			continue
		}
		body, _ := io.ReadAll(r.Body)
		if strings.HasPrefix(request, "GET /metrics") && want == "200 OK" && string(body) != "figures\n" || strings.HasPrefix(request, "HEAD") && !strings.HasSuffix(got, "\r\n\r\n") {
			t.Errorf("%.40q: %s", request, got)
		}
	}
	if got := answer(strings.NewReader("GET /metrics HTTP/1.1\r\n\r\n"), func() (string, error) { return "", io.ErrUnexpectedEOF }); !strings.HasPrefix(got, "HTTP/1.1 500 ") {
		t.Error(got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("HEAD / HTTP/1.0\n\n")
	f.Fuzz(func(t *testing.T, request string) {
		got := answer(strings.NewReader(request), func() (string, error) { return "figures\n", nil })
		if !strings.HasPrefix(got, "HTTP/1.1 ") || !strings.Contains(got, "\r\n\r\n") {
			t.Errorf("%q", got)
		}
	})
}

// A client of the standard library's takes figures that follow the log.
func TestListen(t *testing.T) {
	h := home(t)
	clitest.Files(t, h, map[string]string{"log/current": sample})
	p, _ := clitest.Proc(t, "qmail", clitest.World{Args: []string{"metrics", "--listen", "127.0.0.1:0"}, Home: h})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = w
	go call(p)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := "http" + strings.SplitN(strings.TrimSpace(line), "http", 2)[1]
	get := func() string {
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 200 {
			t.Fatal(err, r.Status)
		}
		return string(b)
	}
	if text := get(); !strings.Contains(text, "\nqmail_messages_ended_total 1\n") || !strings.Contains(text, "\nqmail_queue_messages 1\n") {
		t.Error(text)
	}
	f, err := os.OpenFile(h+"/log/current", os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("1000000004.0 end msg 8\n")
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(get(), "\nqmail_messages_ended_total 2\n") {
	}
}

// More clients than there is room for wait their turn; who sends nothing does
// not keep others away.
func TestClients(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- serve(l, time.Now, func() (string, error) { return "x\n", nil }) }()
	for range maxClients - 1 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	for range 3 {
		r, err := http.Get("http://" + l.Addr().String() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	l.Close()
	if <-ended == nil {
		t.Error("no error")
	}
}
