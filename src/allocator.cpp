// What jemalloc is told at its start. Compiled into each program that is linked with it (CMakeLists.txt), since a static
// library would leave the name out.
extern "C" {
extern const char* malloc_conf;
// Pages that are free go back after a second, not ten: between two checkpoints many are.
const char* malloc_conf = "dirty_decay_ms:1000";
}
