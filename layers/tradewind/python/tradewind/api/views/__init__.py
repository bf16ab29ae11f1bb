"""What is asked and what is answered, one topic a module: from values of the application to documents."""
