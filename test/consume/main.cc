#include <weir/weir.h>

int main() {}
