module example.com/tollhouse

go 1.19
