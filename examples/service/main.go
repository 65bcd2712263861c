// Tollhouse is the example service: it counts travellers at a gate. It uses the standard library only.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

var version = "dev"

type gate struct{ passed atomic.Int64 }

func (g *gate) pass(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "travellers come by POST", http.StatusMethodNotAllowed)
		return
	}
	answer(w, map[string]int64{"passed": g.passed.Add(1)})
}

func (g *gate) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]string{"status": "open", "version": version})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}

func main() {
	g := &gate{}
	mux := http.NewServeMux()
	mux.HandleFunc("/pass", g.pass)
	mux.HandleFunc("/healthz", g.health)
	address := os.Getenv("TOLLHOUSE_ADDRESS")
	if address == "" {
		address = "127.0.0.1:8080"
	}
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Printf("tollhouse %s listens on %s", version, address)
	log.Fatal(server.ListenAndServe())
}
