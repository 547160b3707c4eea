import CPictures
import Glibc

exit(artel_pictures_run(CommandLine.argc, CommandLine.unsafeArgv))
