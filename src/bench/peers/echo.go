// Go's ordinary way: a goroutine for each connection, buffered, flushed when the input is used up.
// Arguments: "text" for lines as strings of a Scanner or "bytes", service.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
)

const streamBytes = 256 * 1024

func lines(c net.Conn) {
	r, w := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		line, err := r.ReadSlice('\n')
		w.Write(line)
		if err != nil && err != bufio.ErrBufferFull { // such a line is longer than the buffer: it goes on
			return
		}
		if r.Buffered() == 0 && w.Flush() != nil {
			return
		}
	}
}

// Flushes before each read: a Scanner does not say whether another line is in its buffer.
type flushing struct {
	c net.Conn
	w *bufio.Writer
}

func (f flushing) Read(bytes []byte) (int, error) {
	if err := f.w.Flush(); err != nil {
		return 0, err
	}
	return f.c.Read(bytes)
}

func text(c net.Conn) {
	w := bufio.NewWriter(c)
	s := bufio.NewScanner(flushing{c, w})
	for s.Scan() {
		line := s.Text()
		w.WriteString(line)
		w.WriteByte('\n')
	}
}

func sink(c net.Conn) {
	bytes := make([]byte, streamBytes)
	total := 0
	for {
		n, err := c.Read(bytes)
		total += n
		if err != nil {
			fmt.Fprintf(c, "%d\n", total)
			return
		}
	}
}

func echo(c net.Conn) {
	// without the methods by which io.Copy would splice in the kernel: every byte is to pass the program
	io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{c}, make([]byte, streamBytes))
}

func main() {
	serve := map[string]func(net.Conn){"sink": sink, "echo": echo}[os.Args[2]]
	if serve == nil {
		serve = map[string]func(net.Conn){"text": text, "bytes": lines}[os.Args[1]]
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ready %d\n", listener.Addr().(*net.TCPAddr).Port)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		c, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}
