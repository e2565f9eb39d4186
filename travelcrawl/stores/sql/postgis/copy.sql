COPY incoming_{layer} ({names}) FROM STDIN
