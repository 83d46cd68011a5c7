package metricscmd

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"qmailkit/internal/printable"
)

const (
	maxClients = 16               // at once; others wait
	maxRequest = 8 << 10          // bytes of a request
	patience   = 10 * time.Second // for a request, and for its answer to be taken
)

// serve answers requests for figures by HTTP/1.1 (RFC 9112), one a connection.
// Package net/http would make the program a fifth bigger for that.
func serve(l net.Listener, now func() time.Time, figures func() (string, error)) error {
	clients := make(chan struct{}, maxClients)
	for {
		clients <- struct{}{}
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer func() { c.Close(); <-clients }()
			c.SetDeadline(now().Add(patience))
			io.WriteString(c, answer(c, figures))
		}()
	}
}

// answer reads a request and returns the response.
func answer(r io.Reader, figures func() (string, error)) string {
	in := bufio.NewReader(io.LimitReader(r, maxRequest))
	line, err := in.ReadString('\n')
	words := strings.Fields(line)
	for end := false; err == nil && !end; {
		var field string
		field, err = in.ReadString('\n')
		end = strings.TrimRight(field, "\r\n") == ""
	}
	if err != nil || len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") {
		return response("400 Bad Request", "", "this is no request\n", true)
	}
	body := words[0] != "HEAD"
	path, _, _ := strings.Cut(words[1], "?")
	switch {
	case words[0] != "GET" && words[0] != "HEAD":
		return response("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "only GET and HEAD\n", true)
	case path == "/":
		return response("200 OK", "", "the figures are at /metrics\n", body)
	case path != "/metrics":
		return response("404 Not Found", "", "the figures are at /metrics\n", body)
	}
	text, err := figures()
	if err != nil {
		return response("500 Internal Server Error", "", err.Error()+"\n", body)
	}
	return response("200 OK", "", text, body)
}

func response(status, fields, text string, body bool) string {
	head := "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(text)) +
		"\r\nConnection: close\r\n" + fields + "\r\n"
	if !body {
		return head
	}
	return head + text
}

// valid makes what a log has fit for a label.
func valid(s string) string { return printable.Replace(s, '?') }
