// Reads a C2SP tiled log with the code of Go's checksum database, which has never heard of the gateway.
//
//	sumdb log VKEY URL                    every entry of the log at URL, through its tiles, up to its checkpoint
//	sumdb growth VKEY URL CHECKPOINT      that the log at URL grew from an older checkpoint, in a file
//	sumdb proof VKEY PROOF ENTRY          that a tlog-proof, in a file, holds for an entry, in hexadecimal
//
// Prints the size of the tree, or says on stderr what is wrong and exits with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: sumdb log|growth|proof VKEY …"))
	}
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	switch os.Args[1] {
	case "log":
		log := web{os.Args[3]}
		tree := open(log.get("checkpoint"), verifier)
		log.checkEntries(tree)
		fmt.Println(tree.N)
	case "growth":
		log := web{os.Args[3]}
		older, err := os.ReadFile(os.Args[4])
		check(err)
		old, tree := open(older, verifier), open(log.get("checkpoint"), verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, log))
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
		fmt.Println(tree.N)
	case "proof":
		file, err := os.ReadFile(os.Args[3])
		check(err)
		entry, err := hex.DecodeString(os.Args[4])
		check(err)
		fmt.Println(checkProof(string(file), entry, verifier).N)
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

// open verifies a checkpoint and reads its three lines; the origin must be the key's name.
func open(signed []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail(fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

func checkProof(file string, entry []byte, verifier note.Verifier) tlog.Tree {
	head, checkpoint, found := strings.Cut(file, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail(fmt.Errorf("not a tlog-proof"))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		check(err)
		path = append(path, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	tree := open([]byte(checkpoint), verifier)
	check(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	return tree
}

// web is a log's URL; it is the tlog.TileReader through which every hash is proved to be in the tree.
type web struct{ url string }

func (w web) get(path string) []byte {
	response, err := http.Get(w.url + "/" + path)
	check(err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		fail(fmt.Errorf("%s: %s", path, response.Status))
	}
	body, err := io.ReadAll(response.Body)
	check(err)
	return body
}

func (w web) Height() int { return height }

func (w web) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		data = append(data, w.get(path(tile)))
	}
	return data, nil
}

func (w web) SaveTiles([]tlog.Tile, [][]byte) {}

// path is the C2SP one: Go's own names the height and calls entries data.
func path(tile tlog.Tile) string {
	return strings.Replace(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
}

func (w web) checkEntries(tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, w)
	for start := int64(0); start < tree.N; start += 1 << height {
		width := tree.N - start
		if width > 1<<height {
			width = 1 << height
		}
		var indexes []int64
		for i := start; i < start+width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		hashes, err := reader.ReadHashes(indexes)
		check(err)
		bundle := bytes.NewReader(w.get(path(tlog.Tile{H: height, L: -1, N: start >> height, W: int(width)})))
		for i, hash := range hashes {
			var length uint16
			check(binary.Read(bundle, binary.BigEndian, &length))
			entry := make([]byte, length)
			_, err := io.ReadFull(bundle, entry)
			check(err)
			if tlog.RecordHash(entry) != hash {
				fail(fmt.Errorf("entry %d is not the one in the tree", start+int64(i)))
			}
		}
		if bundle.Len() != 0 {
			fail(fmt.Errorf("the bundle at %d has more entries than the tree", start))
		}
	}
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
