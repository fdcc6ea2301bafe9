"""Work on many texts in several processes.

`parallel_apply` and `count_words` cut their items into batches and give them
to `Workers`, the processes as the parent sees them. A process runs the file
`worker.py` by its path and not as a module of this package: importing the
package would load Keras and its backend in each process, which takes seconds.

1. `Workers.send` writes a batch into the pipe of a process. A process has at
   most two: one that it works on and one that is next, so that it does not
   wait for the parent.
2. A thread of the process empties the pipe, so that the parent never waits
   for a process that waits for the parent.
3. `Workers.receive` waits for an answer, or for the end of a process.
4. The parent reads on from its items only while less than four batches a
   process are on their way or wait for their turn.
"""
