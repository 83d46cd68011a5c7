// Command qmail-qmqpd-listen takes QMQP connections and serves them all: it is
// tcpserver and qmail-qmqpd in one process.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qmqpd-listen", Run) }
