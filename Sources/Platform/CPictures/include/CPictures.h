#pragma once
#include "DemoPictures.h"

/// Runs the picture worker until its supervisor closes descriptor 0, and returns the exit status.
///
/// Arguments: `work PARENT-PID MEMORY-BYTES JOB-SECONDS`. Anything else prints what the program is and
/// returns 64. The protocol is described in `Worker.c`.
int artel_pictures_run(int argc, char **argv);
