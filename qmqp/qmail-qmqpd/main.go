// Command qmail-qmqpd receives mail by QMQP on behalf of its clients and
// hands it to the queue.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-qmqpd", Run) }
