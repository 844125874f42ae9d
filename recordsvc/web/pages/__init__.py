"""The pages for people: thin views over the services, one module a subject."""
